import { BcryptThreads } from '../../src/auth/passwords/bcrypt.threads.js';
import { BcryptPasswordHasher } from '../../src/auth/passwords/bcrypt.password-hasher.js';
import { PasswordHasher } from '../../src/auth/passwords/password-hasher.js';
import { PasswordSettings } from '../../src/auth/passwords/password.settings.js';
import { TooBusy } from '../../src/core/domain-error.js';
import { startApp, type TestApp } from '../support/app.js';
import { InterruptedHasher } from '../support/overrides.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ BCRYPT_MAX_COST: '5' }, (testing) =>
    testing.overrideProvider(PasswordHasher).useClass(InterruptedHasher),
  );
});
afterAll(() => app.close());

const WRONG = 'We couldn’t find that combination';

it('SE-07, RC-12 a deletion that waits while another session changes the password deletes nothing', async () => {
  const thief = await app.person('overtaken');
  const owner = app.visitor();
  await owner.login('overtaken');
  const queue = holdFirstComparison();
  const deletion = thief.deleteAccount();
  await queue.reached;
  const next = 'four louder harbours';
  const change = { currentPassword: PASSWORD, newPassword: next, newPasswordAgain: next };
  expect((await owner.submit('/settings/password', change)).status).toBe(303);
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
  const next = 'four louder harbours';
  const change = { currentPassword: PASSWORD, newPassword: next, newPasswordAgain: next };
  expect((await owner.submit('/settings/password', change)).status).toBe(303);
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

/** Lets the next comparison of a password wait, as it does behind a queue of others. */
function holdFirstComparison(): { reached: Promise<void>; release: () => void } {
  const hasher = app.nest.get<InterruptedHasher>(PasswordHasher);
  let reach = (): void => undefined;
  let release = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  hasher.before = async (work) => {
    if (work !== 'verify') return;
    hasher.resume();
    reach();
    await released;
  };
  return { reached, release };
}
