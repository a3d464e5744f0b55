import { HOUR, MINUTE } from '../../src/core/clock.js';
import { passkey } from '../contracts/sample-accounts.js';
import { told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { twoStepPerson, typeTotp } from '../support/authenticator.js';
import { link, someone, unlink } from '../support/identities.js';
import { addPasskey, softDevice } from '../support/passkeys.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const WRONG: readonly unknown[] = ['text', 7, null, { no: 'list' }, [null, 7, 'text', {}]];

async function noticeTo(mailbox: string): Promise<string> {
  await told(app);
  const [mail] = (await app.mails(mailbox)).filter(({ subject = '' }) => subject.includes('login'));
  return /\/not-me\?token=\S+/.exec(mail?.text ?? '')?.[0] ?? '';
}

const BEFORE = new Date(Date.now() - HOUR);
const IDENTITY = { key: 'k', provider: 'google', linkedAt: BEFORE, unlinkedAt: BEFORE };
const PASSKEY = { ...passkey('former', { addedAt: BEFORE }), removedAt: BEFORE };
const TOTP = { sealedSecret: 'sealed', confirmedAt: BEFORE, lastStep: 1, removedAt: BEFORE };
/** What looks whole, and could not be written again. */
const UNWRITABLE: readonly (readonly [field: string, value: unknown])[] = [
  ['formerEmails', [{ email: 'no address', verifiedAt: BEFORE, replacedAt: BEFORE }]],
  ...[{ name: {} }, { name: '' }, { lastUsedAt: 'text' }, { key: '' }].map(
    (more) => ['formerIdentities', [{ ...IDENTITY, ...more }]] as const,
  ),
  ...[{ name: {} }, { name: '' }, { transports: 7 }, { transports: [{}] }, { counter: NaN }]
    .map((more) => ({ passkeys: [{ ...PASSKEY, ...more }] }))
    .map((value) => ['formerFactors', value] as const),
  ['formerFactors', { passkeys: [{ ...PASSKEY, lastUsedAt: 'text' }] }],
  ['formerFactors', { totps: [{ ...TOTP, sealedSecret: '' }] }],
];

it.each([
  ...UNWRITABLE,
  ...WRONG.flatMap((value) =>
    ['formerEmails', 'formerIdentities', 'formerUsernames', 'formerFactors'].map(
      (field) => [field, value] as const,
    ),
  ),
])('an account stays its person’s own though its %s are %j', async (field, value) => {
  const username = `d${Math.random().toString(36).slice(2, 10)}`;
  const mailbox = `${username}@example.com`;
  const person = await app.owner(username);
  await link(app, person, 'github', someone());
  await app.visitor().login(username);
  const path = await noticeTo(mailbox);
  const damage = () =>
    app.db.collection('users').updateOne({ username }, { $set: { [field]: value } });
  await damage();
  const asked = await person.submit('/settings/email', { email: `new-${mailbox}` });
  expect([asked.status, asked.location]).toEqual([303, '/settings/email']);
  expect((await unlink(person, 'github')).status).toBe(303);
  const renamed = await person.submit('/settings/profile', { username: `${username}-2` });
  expect(renamed.status).toBe(303);
  await damage();
  const undone = await app.visitor().submit(path, {});
  expect([undone.status, undone.location]).toEqual([
    303,
    expect.stringMatching(/^\/recovery\/new-password/),
  ]);
  expect(await person.whoami()).toBeNull();
});

const WRONG_DATES: readonly unknown[] = ['text', 7, null, true, { no: 'date' }, []];

it.each(WRONG_DATES)(
  'an address counts as not verified while its date is %j, and is verified anew',
  async (value) => {
    const username = `d${Math.random().toString(36).slice(2, 10)}`;
    const mailbox = `${username}@example.com`;
    const person = await app.owner(username);
    await app.visitor().login(username);
    const path = await noticeTo(mailbox);
    await app.db
      .collection('users')
      .updateOne({ username }, { $set: { emailVerifiedAt: value, emailSince: value } });
    // Another one who claims it is compared with the first by their dates.
    const second = app.visitor();
    await second.register(`${username}2`, { email: mailbox });
    const stranger = app.visitor();
    expect((await stranger.get(path)).status).toBe(410);
    expect((await stranger.send('POST', path, { body: {} })).status).toBe(410);
    const asked = await stranger.submit('/recovery', { identifier: mailbox });
    expect(asked.location).toBe('/recovery/sent');
    expect((await stranger.login(mailbox)).status).toBe(303);
    for (const page of ['/settings', '/settings/email', '/settings/security', '/settings/delete']) {
      expect((await person.get(page)).status).toBe(200);
    }
    await app.verify(username);
    expect(await app.user(username)).toMatchObject({ emailVerifiedAt: expect.any(Date) });
    expect((await person.get('/settings/email')).html).toContain(mailbox);
  },
);

describe('FA-10 an account whose factors some other hand has damaged', () => {
  const PAGES = ['', '/security', '/security/passkeys', '/security/recovery-codes'];

  it.each(
    WRONG.flatMap((value) =>
      ['passkeys', 'recoveryCodes', 'trustedDevices'].map((field) => [field, value]),
    ),
  )('has its pages, its app and its log-in though %s are %j', async (field, value) => {
    const username = `f${Math.random().toString(36).slice(2, 10)}`;
    const { visitor: person, app: authenticator } = await twoStepPerson(app, username);
    await addPasskey(person, softDevice(app));
    const damaged = { $set: { [field as string]: value } };
    await app.db.collection('users').updateOne({ username }, damaged);
    for (const page of PAGES) {
      expect([page, (await person.get(`/settings${page}`)).status]).toEqual([page, 200]);
    }
    expect((await person.submit('/settings/security/recovery-codes', {})).status).toBe(200);
    expect((await addPasskey(person, softDevice(app))).status).toBe(303);
    app.advance(MINUTE);
    const visitor = app.visitor();
    await visitor.login(username);
    const { location } = await typeTotp(visitor, authenticator.code(), { trust: 'yes' });
    expect(location).toBe('/');
  });
});
