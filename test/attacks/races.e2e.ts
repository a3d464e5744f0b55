import { BcryptPasswordHasher } from '../../src/auth/passwords/bcrypt.password-hasher.js';
import { PasswordHasher } from '../../src/auth/passwords/password-hasher.js';
import { PasswordSettings } from '../../src/auth/passwords/password.settings.js';
import { TooBusy } from '../../src/core/domain-error.js';
import { startApp, type TestApp } from '../support/app.js';
import { InterruptedHasher } from '../support/stand-ins.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(PasswordHasher).useClass(InterruptedHasher),
  );
});
afterAll(() => app.close());

const WRONG = 'We couldn’t find that combination';

it('RC-01 of 50 registrations of one name at once, one wins and 49 are told', async () => {
  const visitors = Array.from({ length: 50 }, () => app.visitor());
  const tokens = await Promise.all(visitors.map((visitor) => visitor.token('/register')));
  const answers = await Promise.all(
    visitors.map((visitor, index) =>
      visitor.send('POST', '/register', {
        body: {
          _csrf: tokens[index] ?? '',
          email: `racer${index}@example.com`,
          username: index % 2 ? 'Racer' : 'racer',
          name: 'Racer',
          password: PASSWORD,
          passwordAgain: PASSWORD,
        },
      }),
    ),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 303)).toHaveLength(1);
  expect(statuses.filter((status) => status === 422)).toHaveLength(49);
  const racers = (await app.users()).filter((user) => user['usernameCanonical'] === 'racer');
  expect(racers).toHaveLength(1);
});

it('RC-08 of two password changes at once, one wins and no other session lives', async () => {
  const first = await app.person('two-changes');
  const second = app.visitor();
  await second.login('two-changes');
  const change = (visitor: Visitor, newPassword: string) =>
    visitor.submit('/settings/password', {
      currentPassword: PASSWORD,
      newPassword,
      newPasswordAgain: newPassword,
    });
  const answers = await Promise.all([
    change(first, 'the first new phrase'),
    change(second, 'the second new phrase'),
  ]);
  const winners = answers.filter(({ status }) => status === 303);
  expect(winners).toHaveLength(1);
  const alive = [await first.whoami(), await second.whoami()].filter((name) => name !== null);
  expect(alive).toHaveLength(1);
});

it('RC-12 a deletion and logins at once leave no session behind', async () => {
  const visitor = await app.person('vanishing');
  const others = Array.from({ length: 4 }, () => app.visitor());
  await Promise.all([
    ...others.map((other) => other.login('vanishing')),
    visitor.submit('/settings/delete', { currentPassword: PASSWORD }),
  ]);
  for (const each of [visitor, ...others]) expect(await each.whoami()).toBeNull();
  expect((await app.users()).some((each) => each['username'] === 'vanishing')).toBe(false);
});

it('RC-02 of 50 registrations of one address at once, in any case, one wins and 49 are told', async () => {
  const visitors = Array.from({ length: 50 }, () => app.visitor());
  const tokens = await Promise.all(visitors.map((visitor) => visitor.token('/register')));
  const answers = await Promise.all(
    visitors.map((visitor, index) =>
      visitor.send('POST', '/register', {
        body: {
          _csrf: tokens[index] ?? '',
          email:
            ['shared@example.com', 'SHARED@example.com', 'Shared@EXAMPLE.com'][index % 3] ?? '',
          username: `sharer-${index}`,
          name: 'Sharer',
          password: PASSWORD,
          passwordAgain: PASSWORD,
        },
      }),
    ),
  );
  const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
  expect(statuses).toEqual([303, ...Array(49).fill(422)]);
  for (const { status, text } of answers) {
    if (status === 422) expect(text).toContain('This e-mail address already has an account');
  }
  const owners = (await app.users()).filter(
    (user) => user['emailCanonical'] === 'shared@example.com',
  );
  expect(owners).toHaveLength(1);
});

it('RC-01, RC-02 of 20 people who change to one name or one address at once, one gets it', async () => {
  const people = await Promise.all(
    Array.from({ length: 20 }, (_, index) => app.person(`wants-${index}`)),
  );
  for (const [path, fields] of [
    ['/settings', { username: 'Wanted', name: 'W' }],
    ['/settings/email', { email: 'wanted@example.com', currentPassword: PASSWORD }],
  ] as const) {
    const answers = await Promise.all(people.map((person) => person.submit(path, fields)));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect([path, statuses]).toEqual([path, [303, ...Array(19).fill(422)]]);
  }
});

it('RC-12 a deletion brings nobody back who is changed at the same moment', async () => {
  const visitor = await app.person('resurrected');
  const user = (await app.users()).find((each) => each['username'] === 'resurrected');
  const next = 'four louder harbours';
  const token = await visitor.token('/settings');
  const post = (path: string, fields: Record<string, string>) =>
    visitor.copy().send('POST', path, { body: { _csrf: token, ...fields } });
  const answers = await Promise.all([
    post('/settings/delete', { currentPassword: PASSWORD }),
    ...Array.from({ length: 3 }, (_, index) =>
      post('/settings', { username: `risen-${index}`, name: 'R' }),
    ),
    post('/settings/email', { email: 'risen@example.com', currentPassword: PASSWORD }),
    post('/settings/password', {
      currentPassword: PASSWORD,
      newPassword: next,
      newPasswordAgain: next,
    }),
  ]);
  for (const { status } of answers) expect(status).toBeLessThan(500);
  const left = (await app.users()).filter(({ username }) =>
    /^(risen|resurrected)/.test(String(username)),
  );
  // The change of the password can end the session that asks for the deletion: then nothing is deleted.
  const deleted = answers[0]?.location === '/';
  expect(left.map(({ _id }) => String(_id))).toEqual(deleted ? [] : [String(user?.['_id'])]);
});

it('SE-07, RC-12 a deletion that waits while another session changes the password deletes nothing', async () => {
  const thief = await app.person('overtaken');
  const owner = app.visitor();
  await owner.login('overtaken');
  const queue = holdFirstComparison();
  const deletion = thief.submit('/settings/delete', { currentPassword: PASSWORD });
  await queue.reached;
  const next = 'four louder harbours';
  const change = { currentPassword: PASSWORD, newPassword: next, newPasswordAgain: next };
  expect((await owner.submit('/settings/password', change)).status).toBe(303);
  queue.release();
  const answer = await deletion;
  expect([answer.status, answer.text]).toEqual([
    422,
    expect.stringContaining('Your account was changed meanwhile'),
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
  expect((await owner.submit('/settings/delete', deletion)).location).toBe('/');
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
  const passwordHash = await new BcryptPasswordHasher(costlier).hash(PASSWORD);
  const stored = async () => {
    const account = await app.user('costly');
    return { ...account, sessions: null };
  };
  await app.db.collection('users').updateOne({ username: 'costly' }, { $set: { passwordHash } });
  const before = await stored();
  expect((await app.visitor().login('costly', 'wrong password')).status).toBe(422);
  expect(await stored()).toEqual(before);
  const logins = await Promise.all(Array.from({ length: 10 }, () => app.visitor().login('costly')));
  // Five strangers at once are looked at.
  expect(logins.filter(({ status }) => status === 303).length).toBeGreaterThan(0);
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
  const passwordHash = await new BcryptPasswordHasher(costlier).hash(PASSWORD);
  await app.db.collection('users').updateOne({ username: 'crowded' }, { $set: { passwordHash } });
  const hasher = app.nest.get<InterruptedHasher>(PasswordHasher);
  hasher.before = async (work) => {
    if (work === 'hash') throw new TooBusy();
  };
  expect((await app.visitor().login('crowded')).location).toBe('/');
  hasher.resume();
  expect(await app.db.collection('users').findOne({ username: 'crowded' })).toMatchObject({
    passwordHash,
  });
});

it('SU-04 two deletions at once are one, a wrong or missing password is none', async () => {
  const visitor = await app.person('twice-gone');
  const token = await visitor.token('/settings/delete');
  for (const fields of [
    {},
    { currentPassword: '' },
    { currentPassword: 'wrong password' },
    { confirm: 'yes' },
  ]) {
    const body = { _csrf: token, ...fields };
    expect((await visitor.send('POST', '/settings/delete', { body })).status).toBe(422);
  }
  expect(await visitor.whoami()).toBe('twice-gone');
  const both = await Promise.all(
    [visitor, visitor.copy()].map((each) =>
      each.send('POST', '/settings/delete', { body: { _csrf: token, currentPassword: PASSWORD } }),
    ),
  );
  for (const { status } of both) expect(status).toBeLessThan(500);
  expect(both.map(({ location }) => location)).toContain('/');
  expect(app.log.filter((line) => / deleted .*userId=/.test(line)).length).toBeGreaterThan(0);
  expect((await app.users()).some(({ username }) => username === 'twice-gone')).toBe(false);
  const late = await visitor.send('POST', '/settings/delete', {
    body: { _csrf: token, currentPassword: PASSWORD },
  });
  expect([303, 403]).toContain(late.status);
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
