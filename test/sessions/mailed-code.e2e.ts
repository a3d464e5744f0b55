import { startApp, type TestApp } from '../support/app.js';
import { askForCode, confirmByMail, mailedCodes, typeCode } from '../support/mailed-code.js';
import { recordOf } from '../support/stored-sessions.js';
import { verificationMail } from '../support/verification-mail.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

const MINUTE = 60_000;
const CODE = '/settings/confirm/code';
const WRONG = 'This isn’t the code of the newest mail';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const addressOf = (username: string) => `${username}@example.com`;

/** Somebody with a verified address, and the code that a mail has brought. */
async function withCode(username: string) {
  const visitor = await app.owner(username);
  const answer = await askForCode(visitor);
  expect([answer.status, answer.location]).toEqual([303, `${CODE}?next=%2Fsettings`]);
  const [code = ''] = await mailedCodes(app, addressOf(username));
  return { visitor, code };
}

/** Whether a new password is set without the present one. */
async function isTrusted(visitor: Visitor): Promise<boolean> {
  const { html } = await visitor.get('/settings/password');
  return !html.includes('name="currentPassword"');
}

async function expectWrong(visitor: Visitor, code: string): Promise<void> {
  const _csrf = await visitor.token('/settings/profile');
  const { status, text, html } = await visitor.send('POST', CODE, { body: { _csrf, code } });
  expect([status, text]).toEqual([422, expect.stringContaining(WRONG)]);
  expect(html).toContain('id="code-error"');
  expect(await isTrusted(visitor)).toBe(false);
}

describe('a mailed code', () => {
  it('SE-03 re-authenticates, in any case and spacing, and gives the session a new id', async () => {
    const { visitor, code } = await withCode('coded');
    const thief = visitor.copy();
    expect(await isTrusted(visitor)).toBe(false);
    const typed = ` ${code.toLowerCase().replace('-', ' ')} `;
    const answer = await typeCode(visitor, typed);
    expect(answer.location).toBe('/settings');
    expect(await isTrusted(visitor)).toBe(true);
    expect(await thief.whoami()).toBeNull();
    expect(await recordOf(app, visitor)).toMatchObject({ methods: ['password', 'mail'] });
    const purpose = 'confirmation code';
    expect(await app.db.collection('one-time').countDocuments({ purpose })).toBe(0);
  });

  it('LE-01, HD-03 stands in the mail to the verified address alone: in no log, no address, no record', async () => {
    const { visitor, code } = await withCode('quiet');
    const bare = code.replace('-', '');
    await expectWrong(visitor, 'BCDFGHJK');
    await typeCode(visitor, code);
    const stored = JSON.stringify(await app.db.collection('one-time').find().toArray());
    for (const place of [app.log.join(''), stored]) {
      expect(place).not.toContain(bare);
      expect(place).not.toContain(code);
    }
    expect(app.log.join('')).toContain('reauthentication-failed');
  });

  it('is none once a newer one was mailed, nor after fifteen minutes', async () => {
    const { visitor, code } = await withCode('stale');
    await askForCode(visitor);
    const [, newer = ''] = await mailedCodes(app, addressOf('stale'));
    await expectWrong(visitor, code);
    app.advance(15 * MINUTE);
    await expectWrong(visitor, newer);
  });

  it('SU-03 is one in the session that asked for it alone, not in another of the account', async () => {
    const { visitor, code } = await withCode('two-browsers');
    const other = app.visitor();
    await other.login('two-browsers');
    await expectWrong(other, code);
    await askForCode(other);
    await expectWrong(other, code);
    expect((await typeCode(visitor, code)).location).toBe('/settings');
    expect(await isTrusted(other)).toBe(false);
  });

  it('BF-09 is none of another person, nor is the code that verifies an address', async () => {
    const { code } = await withCode('code-owner');
    const { visitor } = await withCode('code-finder');
    await expectWrong(visitor, code);
    const { code: verifying } = await verificationMail(app, addressOf('code-finder'));
    await expectWrong(visitor, verifying);
  });

  it('is none once the account has another address', async () => {
    const { visitor, code } = await withCode('moves-on');
    await app.db
      .collection('users')
      .updateOne({ username: 'moves-on' }, { $set: { email: 'elsewhere@example.com' } });
    await expectWrong(visitor, code);
  });

  it('proves once when it is sent twice at once, and both are led on', async () => {
    const { visitor, code } = await withCode('double');
    const body = { _csrf: await visitor.token('/settings/profile'), code, next: '/settings' };
    const answers = await Promise.all(
      [visitor, visitor.copy()].map((each) => each.send('POST', CODE, { body })),
    );
    expect(answers.filter(({ status }) => status === 303)).not.toHaveLength(0);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    expect(app.log.filter((line) => line.includes('method=mail'))).not.toHaveLength(0);
  });

  it('BF-09 a stolen session has ten guesses, each is logged, and then not even the right one is looked at', async () => {
    const { visitor, code } = await withCode('guessed-at');
    const thief = visitor.copy();
    const begin = app.log.length;
    const _csrf = await thief.token('/settings/profile');
    const guess = async (typed: string) =>
      (await thief.send('POST', CODE, { body: { _csrf, code: typed } })).status;
    const statuses: number[] = [];
    for (let count = 0; count < 30; count++) statuses.push(await guess('BCDFGHJK'));
    expect(statuses).toEqual([...Array(10).fill(422), ...Array(20).fill(429)]);
    expect(await guess(code)).toBe(429);
    const lines = app.log.slice(begin).filter((line) => line.includes('reauthentication-failed'));
    expect(lines).toHaveLength(31);
    expect(lines[0]).toContain(`step=${CODE}`);
    expect(lines.at(-1)).toContain('reason=limit');
    // The other proofs have limits of their own.
    const confirmed = await visitor.submit('/settings/confirm', { currentPassword: PASSWORD });
    expect(confirmed.location).toBe('/settings');
  });

  it('BF-12 is mailed five times in ten minutes, then the page says when again', async () => {
    const visitor = await app.owner('impatient');
    const answers = [];
    for (let count = 0; count < 6; count++) answers.push(await askForCode(visitor));
    const refused = answers.findIndex(({ status }) => status === 429);
    // The mail that verified the address counts as well.
    expect(refused).toBeGreaterThanOrEqual(4);
    expect(answers[refused]?.headers.get('retry-after')).not.toBeNull();
    expect(answers[refused]?.html).toContain('action="/settings/confirm/mail"');
  });
});

describe('the page of a mailed code', () => {
  it('leads who has asked for none to the choice, and who has confirmed already onward', async () => {
    const visitor = await app.owner('asks-none');
    const asked = await visitor.get(`${CODE}?next=%2Fsettings%2Femail`);
    expect(asked.location).toBe('/settings/confirm?next=%2Fsettings%2Femail');
    await confirmByMail(app, visitor, addressOf('asks-none'));
    await askForCode(visitor, '/settings/email');
    for (const path of ['/settings/confirm', CODE]) {
      expect((await visitor.get(`${path}?next=%2Fsettings%2Femail`)).location).toBe(
        path === CODE ? '/settings/confirm?next=%2Fsettings%2Femail' : '/settings/email',
      );
    }
  });

  it('IN-12 leads to no other site', async () => {
    const { visitor, code } = await withCode('led-away');
    const body = { _csrf: await visitor.token(CODE), code, next: 'https://evil.example/' };
    expect((await visitor.send('POST', CODE, { body })).location).toBe('/settings');
  });
});

it('is mailed to no address that is not verified', async () => {
  const visitor = await app.person('unproved');
  expect((await visitor.get('/settings/confirm')).html).not.toContain('/settings/confirm/mail');
  const _csrf = await visitor.token('/settings/confirm');
  const answer = await visitor.send('POST', '/settings/confirm/mail', { body: { _csrf } });
  expect(answer.location).toBe('/settings/confirm');
  expect(await mailedCodes(app, addressOf('unproved'))).toEqual([]);
});

describe('without mail', () => {
  let off: TestApp;
  beforeAll(async () => {
    off = await startApp({ MAIL_URL: 'off' });
  });
  afterAll(() => off.close());

  it('no code is offered or sent, and the password is a proof', async () => {
    const visitor = await off.owner('mailless');
    const page = await visitor.get('/settings/confirm');
    expect(page.html).not.toContain('/settings/confirm/mail');
    const body = { _csrf: await visitor.token('/settings/confirm') };
    const answer = await visitor.send('POST', '/settings/confirm/mail', { body });
    expect(answer.location).toBe('/settings/confirm');
    expect(await off.db.collection('mails').countDocuments()).toBe(0);
    const confirmed = await visitor.submit('/settings/confirm', { currentPassword: PASSWORD });
    expect(confirmed.location).toBe('/settings');
  });
});
