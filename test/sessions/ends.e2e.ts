import { UsersService } from '../../src/users/users.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { InterruptedUsers } from '../support/overrides.js';
import { recordOf, sessionsOf } from '../support/stored-sessions.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(UsersService).useClass(InterruptedUsers),
  );
});
afterAll(() => app.close());

const SETTINGS = { username: 'changed', name: 'changed' };

it.each([
  ['password', { newPassword: 'four louder harbours', newPasswordAgain: 'four louder harbours' }],
  ['email', { email: 'rotated-new@example.com' }],
])(
  'SE-03 a change of the %s gives the session a new id; the old one and the others are dead',
  async (what, fields) => {
    const name = `rotated-${what}`;
    const visitor = await app.person(name);
    const bystander = await app.person(`bystander-${what}`);
    const phone = app.visitor();
    await phone.login(name);
    const open = await phone.token('/settings/delete');
    const [before, old] = [visitor.cookies.get('test-session'), visitor.copy()];
    const change = { currentPassword: PASSWORD, ...fields };
    expect((await visitor.submit(`/settings/${what}`, change)).status).toBe(303);
    expect(visitor.cookies.get('test-session')).not.toBe(before);
    expect(await visitor.whoami()).toBe(name);
    expect(await recordOf(app, old)).toBeNull();
    const body = { _csrf: open, currentPassword: PASSWORD };
    expect([303, 403]).toContain((await phone.send('POST', '/settings/delete', { body })).status);
    for (const dead of [old, phone]) expect(await dead.whoami()).toBeNull();
    expect(await bystander.whoami()).toBe(`bystander-${what}`);
    expect((await app.users()).some(({ username }) => username === name)).toBe(true);
  },
);

it('SE-04 nothing of the first person reaches the second in the same browser', async () => {
  const visitor = await app.person('first-user');
  const old = await visitor.token('/settings/profile');
  await app.person('second-user');
  await visitor.send('POST', '/login', {
    body: { _csrf: old, identifier: 'second-user', password: PASSWORD },
  });
  expect(await visitor.whoami()).toBe('second-user');
  const answer = await visitor.send('POST', '/settings/profile', {
    body: { _csrf: old, ...SETTINGS },
  });
  expect(answer.status).toBe(403);
  expect(await visitor.whoami()).toBe('second-user');
});

it('SE-05 a copied cookie is dead after the log-out, and the record gone', async () => {
  const visitor = await app.person('logs-out');
  const token = await visitor.token('/settings/profile');
  const thief = visitor.copy();
  expect(await recordOf(app, thief)).not.toBeNull();
  await visitor.logout();
  expect(await recordOf(app, thief)).toBeNull();
  expect(await thief.whoami()).toBeNull();
  const post = await thief.send('POST', '/settings/profile', {
    body: { _csrf: token, ...SETTINGS },
  });
  expect([303, 403]).toContain(post.status);
  expect((await app.users()).some((user) => user['username'] === 'changed')).toBe(false);
});

it('a request that is still under way when its session ends changes nothing and brings no session', async () => {
  const visitor = await app.person('under-way');
  const tab = visitor.copy();
  const users = app.nest.get<InterruptedUsers>(UsersService);
  users.before = async (work) => {
    if (work !== 'change') return;
    users.resume();
    await visitor.logout();
  };
  try {
    const answer = await tab.submit('/settings/profile', { username: 'under-way', name: 'Late' });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([422, []]);
  } finally {
    users.resume();
  }
  expect((await app.user('under-way'))?.['name']).toBe('The real under-way');
  expect(await sessionsOf(app, 'under-way')).toEqual([]);
  expect(await tab.whoami()).toBeNull();
});

it('SE-07, SE-03 a new password ends the other sessions and gives this one a new id', async () => {
  const first = await app.person('many-devices');
  const second = app.visitor();
  await second.login('many-devices');
  const token = await second.token('/settings/delete');
  const old = first.copy();
  const next = 'four louder harbours';
  await first.submit('/settings/password', {
    currentPassword: PASSWORD,
    newPassword: next,
    newPasswordAgain: next,
  });
  expect(await first.whoami()).toBe('many-devices');
  expect(await old.whoami()).toBeNull();
  const post = await second.send('POST', '/settings/delete', {
    body: { _csrf: token, currentPassword: next },
  });
  expect([303, 403]).toContain(post.status);
  expect(await second.whoami()).toBeNull();
  expect((await app.users()).some((user) => user['username'] === 'many-devices')).toBe(true);
});

it('SE-08 a deleted person is a stranger everywhere, without errors', async () => {
  const first = await app.person('deleted');
  const second = app.visitor();
  await second.login('deleted');
  await first.deleteAccount();
  const dead = second.copy();
  const left = await second.get('/settings/profile');
  expect(left.headers.getSetCookie().join()).toMatch(/^test-session=;.*Expires=Thu, 01 Jan 1970/);
  for (let page = 0; page < 10; page++) {
    expect((await dead.get(page % 2 ? '/' : '/settings/profile')).status).toBe(
      page % 2 ? 200 : 303,
    );
  }
  expect(await second.whoami()).toBeNull();
});

it('SE-14 after the log-out no answer says that what the browser has is still good', async () => {
  const visitor = await app.person('goes-back');
  const pages = ['/settings/profile', '/settings/email', '/settings/password', '/settings/delete'];
  const seen = await Promise.all(pages.map((path) => visitor.get(path)));
  const before = visitor.copy();
  await visitor.logout();
  for (const [index, path] of pages.entries()) {
    expect(seen[index]?.status).toBe(200);
    expect(seen[index]?.headers.get('cache-control')).toBe('no-store');
    const etag = seen[index]?.headers.get('etag') ?? '*';
    for (const headers of [
      { 'if-none-match': etag },
      { 'if-none-match': '*' },
      { 'if-modified-since': new Date().toUTCString() },
    ]) {
      for (const browser of [visitor, before]) {
        const again = await browser.get(path, {
          headers: { ...headers, 'cache-control': 'max-age=0' },
        });
        expect([again.status, again.location]).toEqual([
          303,
          `/login?next=${encodeURIComponent(path)}`,
        ]);
        expect(again.html).not.toContain('goes-back');
      }
    }
  }
});
