import { problemsOf, settingsOf } from '../../../test/support/config.js';
import { MailSettings } from './mail.settings.js';

const PRODUCTION = { NODE_ENV: 'production', MAIL_URL: 'smtps://u:p@mail.example.org' };

it('keeps mails in files while development names no server', () => {
  expect(settingsOf(MailSettings)).toMatchObject({ way: 'outbox', folder: '/nowhere/outbox' });
});

it.each([
  ['post@example.org', { name: '', address: 'post@example.org' }],
  ['Key & Co <post@example.org>', { name: 'Key & Co', address: 'post@example.org' }],
  ['"Key, Co" <post@example.org>', { name: 'Key, Co', address: 'post@example.org' }],
])('reads the sender %s', (MAIL_FROM, from) => {
  expect(settingsOf(MailSettings, { MAIL_FROM }).from).toEqual(from);
});

it('production may do without mail, but has to say so', () => {
  expect(problemsOf(MailSettings, { NODE_ENV: 'production', MAIL_URL: 'off' })).toEqual([]);
  expect(problemsOf(MailSettings, { NODE_ENV: 'production' })).toEqual([
    expect.stringMatching(/^MAIL_URL is missing/),
  ]);
});

it('production says who its mails come from', () => {
  expect(problemsOf(MailSettings, { ...PRODUCTION, MAIL_FROM: 'post@example.org' })).toEqual([]);
  expect(problemsOf(MailSettings, PRODUCTION)).toEqual([
    expect.stringMatching(/^MAIL_FROM is missing/),
  ]);
});

it.each(['mail.example.org', 'http://mail.example.org', 'smtp://', 'smtp:/x', 'on', 'OFF'])(
  'refuses the server %s, without repeating it',
  (MAIL_URL) => {
    expect(problemsOf(MailSettings, { MAIL_URL })).toEqual([
      expect.stringMatching(/^MAIL_URL must be "off", or an address/),
    ]);
  },
);

it.each(['post', 'a@b <c', 'Post <post>', 'a@b\r\nBcc: c@d', '<a@b>, <c@d>'])(
  'refuses the sender %j',
  (MAIL_FROM) => {
    expect(problemsOf(MailSettings, { MAIL_FROM })).toEqual([
      expect.stringMatching(/^MAIL_FROM must be an address/),
    ]);
  },
);
