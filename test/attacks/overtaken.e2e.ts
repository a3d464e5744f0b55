import { BcryptThreads } from '../../src/auth/passwords/bcrypt.threads.js';
import { BcryptPasswordHasher } from '../../src/auth/passwords/bcrypt.password-hasher.js';
import { PasswordHasher } from '../../src/auth/passwords/password-hasher.js';
import { PasswordSettings } from '../../src/auth/passwords/password.settings.js';
import { TooBusy } from '../../src/core/domain-error.js';
import { startApp, type TestApp } from '../support/app.js';
import { InterruptedHasher } from '../support/overrides.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ BCRYPT_MAX_COST: '5' }, (testing) =>
    testing.overrideProvider(PasswordHasher).useClass(InterruptedHasher),
  );
});
afterAll(() => app.close());

const NEXT = 'four louder harbours';
const RECOVERED = 'five calm lighthouses';
const WRONG = 'We couldn’t find that combination';

it('SE-07, RC-12 a deletion that waits while another session changes the password deletes nothing', async () => {
  const thief = await app.person('overtaken');
  const owner = app.visitor();
  await owner.login('overtaken');
  const queue = holdFirstComparison();
  const deletion = thief.deleteAccount();
  await queue.reached;
  expect((await changePassword(owner)).status).toBe(303);
  queue.release();
  const answer = await deletion;
  expect([answer.status, answer.text]).toEqual([
    422,
    expect.stringContaining('Your account changed after you opened this page'),
  ]);
  expect(await owner.whoami()).toBe('overtaken');
  expect(await thief.whoami()).toBeNull();
});

it('SE-07 a login that waits while the password changes opens nothing with the old one', async () => {
  const owner = await app.person('outrun');
  const thief = app.visitor();
  const queue = holdFirstComparison();
  const login = thief.login('outrun');
  await queue.reached;
  expect((await changePassword(owner)).status).toBe(303);
  queue.release();
  const { status, text } = await login;
  expect([status, text]).toEqual([422, expect.stringContaining(WRONG)]);
  expect(await thief.whoami()).toBeNull();
  expect(thief.cookies.has('test-devices')).toBe(false);
  expect(await owner.whoami()).toBe('outrun');
});

it('RC-12 a login that waits while the account is deleted is one that is wrong, and leaves nothing', async () => {
  const owner = await app.person('evanescent');
  const late = app.visitor();
  const begin = app.log.length;
  const queue = holdFirstComparison();
  const login = late.login('evanescent');
  await queue.reached;
  const deletion = { currentPassword: PASSWORD };
  expect((await owner.deleteAccount(deletion)).location).toBe('/');
  queue.release();
  const { status, text } = await login;
  expect([status, text]).toEqual([422, expect.stringContaining(WRONG)]);
  expect(late.cookies.has('test-devices')).toBe(false);
  expect(app.log.slice(begin).join('')).not.toContain('logged-in');
  expect(await late.whoami()).toBeNull();
  expect(JSON.stringify(await app.users())).not.toContain('evanescent');
});

it.each([
  ['RC-08', 'the password changes', changePassword, NEXT],
  ['RC-12', 'the account is deleted', (owner: Visitor) => owner.deleteAccount(), null],
])('%s a recovery that waits while %s sets nothing', async (row, _, overtake, password) => {
  const username = `late-${row.toLowerCase()}`;
  const owner = await app.owner(username);
  await app.visitor().submit('/recovery', { identifier: username });
  const [{ text = '' } = {}] = await recoveryMailsTo(`${username}@example.com`);
  const path = /\/recovery\/new-password\?token=\S+/.exec(text)?.[0] ?? '';
  const mailbox = app.visitor();
  const queue = holdFirst('hash');
  const form = { newPassword: RECOVERED, newPasswordAgain: RECOVERED };
  const recovery = mailbox.submit(path, form, '/recovery/new-password');
  await queue.reached;
  expect((await overtake(owner)).status).toBe(303);
  const before = await app.users();
  queue.release();
  const late = await recovery;
  expect([late.status, late.text]).toEqual([422, expect.stringContaining('Ask for another link')]);
  expect(await app.users()).toEqual(before);
  expect(await mailbox.whoami()).toBeNull();
  expect((await app.visitor().login(username, RECOVERED)).status).toBe(422);
  const { status } = await app.visitor().login(username, password ?? PASSWORD);
  expect(status).toBe(password === null ? 422 : 303);
});

it('RC-08 a password change that waits while the account is recovered changes nothing', async () => {
  const thief = await app.owner('recovered-first');
  await app.visitor().submit('/recovery', { identifier: 'recovered-first' });
  const [{ text = '' } = {}] = await recoveryMailsTo('recovered-first@example.com');
  const path = /\/recovery\/new-password\?token=\S+/.exec(text)?.[0] ?? '';
  const queue = holdFirst('hash');
  const change = changePassword(thief);
  await queue.reached;
  const mailbox = app.visitor();
  const form = { newPassword: RECOVERED, newPasswordAgain: RECOVERED };
  expect((await mailbox.submit(path, form, '/recovery/new-password')).status).toBe(303);
  queue.release();
  expect((await change).status).toBe(422);
  expect([await thief.whoami(), await mailbox.whoami()]).toEqual([null, 'recovered-first']);
  expect((await app.visitor().login('recovered-first', NEXT)).status).toBe(422);
  expect((await app.visitor().login('recovered-first', RECOVERED)).status).toBe(303);
});

it('PW-10 a hash of an old cost is made anew at the login, once by ten at once, and ends no session', async () => {
  const first = await app.person('costly');
  const costlier = { ...app.nest.get(PasswordSettings), bcryptCost: 5 };
  const passwordHash = await new BcryptPasswordHasher(costlier, app.nest.get(BcryptThreads)).hash(
    PASSWORD,
  );
  const stored = async () => {
    const account = await app.user('costly');
    return { ...account, sessions: null };
  };
  await app.db.collection('users').updateOne({ username: 'costly' }, { $set: { passwordHash } });
  const before = await stored();
  expect((await app.visitor().login('costly', 'wrong password')).status).toBe(422);
  expect(await stored()).toEqual(before);
  const logins = await Promise.all(Array.from({ length: 10 }, () => app.visitor().login('costly')));
  expect(logins.map(({ status }) => status)).toEqual(Array(10).fill(303));
  const after = await stored();
  const renewed = { passwordHash: expect.stringMatching(/\$2b\$04\$/), revision: 1 };
  expect(after).toEqual({ ...before, ...renewed });
  expect(await first.whoami()).toBe('costly');
  await first.logout();
  expect((await first.login('costly')).location).toBe('/');
  expect(await stored()).toEqual(after);
});

it('PW-10, PW-06 a hash that no room is left to make anew stays, and its person is let in', async () => {
  await app.person('crowded');
  const costlier = { ...app.nest.get(PasswordSettings), bcryptCost: 5 };
  const passwordHash = await new BcryptPasswordHasher(costlier, app.nest.get(BcryptThreads)).hash(
    PASSWORD,
  );
  await app.db.collection('users').updateOne({ username: 'crowded' }, { $set: { passwordHash } });
  const hasher = app.nest.get<InterruptedHasher>(PasswordHasher);
  hasher.before = async (work) => {
    if (work === 'hash') throw new TooBusy('The queue is full');
  };
  expect((await app.visitor().login('crowded')).location).toBe('/');
  hasher.resume();
  expect(await app.db.collection('users').findOne({ username: 'crowded' })).toMatchObject({
    passwordHash,
  });
});

function changePassword(visitor: Visitor) {
  const change = { currentPassword: PASSWORD, newPassword: NEXT, newPasswordAgain: NEXT };
  return visitor.submit('/settings/password', change);
}

async function recoveryMailsTo(address: string) {
  const mails = await app.mails(address);
  return mails.filter(({ subject }) => subject === 'Set a new password at Latchkey');
}

/** Lets the next comparison of a password wait, as it does behind a queue of others. */
const holdFirstComparison = () => holdFirst('verify');

function holdFirst(held: 'hash' | 'verify'): { reached: Promise<void>; release: () => void } {
  const hasher = app.nest.get<InterruptedHasher>(PasswordHasher);
  let reach = (): void => undefined;
  let release = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  hasher.before = async (work) => {
    if (work !== held) return;
    hasher.resume();
    reach();
    await released;
  };
  return { reached, release };
}
