import { createHash } from 'node:crypto';
import { signature } from '../../src/core/crypto/digests.js';
import { deriveKeys } from '../../src/core/crypto/keys.js';
import { UsersService } from '../../src/users/users.service.js';
import { SESSION_SECRET, startApp, type TestApp } from '../support/app.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const SETTINGS = { username: 'changed', name: 'changed' };

/** What the account keeps of the session that the browser's cookie leads to. */
async function recordOf(visitor: Visitor): Promise<unknown> {
  const [userId = '', secret = ''] = (visitor.cookies.get('test-session') ?? '').split('.');
  const user = (await app.users()).find(({ _id }) => String(_id) === userId);
  const [key] = deriveKeys([SESSION_SECRET], 'session');
  const id = key && signature(key, secret);
  return Object.entries(user?.['sessions'] ?? {}).find(([each]) => each === id)?.[1] ?? null;
}

const sessionsOf = async (username: string) =>
  Object.keys((await app.user(username))?.['sessions'] ?? {});

it('a record says since when the person is signed in, and how', async () => {
  const visitor = await app.person('recorded');
  expect(await recordOf(visitor)).toEqual({
    startedAt: expect.any(Date),
    lastSeenAt: expect.any(Date),
    authenticatedAt: expect.any(Date),
    methods: ['password'],
    remember: false,
  });
});

it('SE-01 a session id from before the login is worth nothing after it', async () => {
  await app.person('fixed');
  const attacker = await app.person('fixes');
  const visitor = attacker.copy();
  await visitor.login('fixed');
  expect(await visitor.whoami()).toBe('fixed');
  expect(visitor.cookies.get('test-session')).not.toBe(attacker.cookies.get('test-session'));
  expect(await attacker.whoami()).toBeNull();
});

describe('a cookie that we did not make', () => {
  it('SE-02 is never adopted, makes no record and no error', async () => {
    const owner = await app.person('cookie-owner');
    const good = owner.cookies.get('test-session') ?? '';
    const [userId = '', secret = ''] = good.split('.');
    const [id = ''] = await sessionsOf('cookie-owner');
    const users = await app.users();
    const values = [
      `${userId}.${'a'.repeat(32)}`,
      `${'0'.repeat(24)}.${secret}`,
      // The stored id, with and without what leads to the account.
      id,
      `${userId}.${id}`,
      `${userId}.${id.slice(0, 32)}`,
      userId,
      secret,
      `${userId}.`,
      `.${secret}`,
      good.slice(0, -1),
      `${good}x`,
      `${good}.${secret}`,
      good.toUpperCase(),
      `s%3A${good}`,
      'plain',
      'j:{}',
      's:j:{}',
      '%E0%A4%A',
      '%',
      '"',
      '',
      '__proto__',
      `${userId}.__proto__`,
      'x'.repeat(8192),
    ];
    for (const value of values) {
      for (const cookie of [
        `test-session=${value}`,
        `test-session=${value}; test-session=second`,
        `test-session=${good}; test-session=${value}`,
      ]) {
        for (const path of ['/', '/settings']) {
          const answer = await app.visitor().get(path, { headers: { cookie } });
          expect([value, answer.status]).toEqual([value, path === '/' ? 200 : 303]);
          expect(answer.html).not.toContain('cookie-owner');
          for (const set of answer.headers.getSetCookie()) expect(set).toMatch(/^test-session=;/);
        }
      }
    }
    expect(await app.users()).toEqual(users);
    expect(await owner.whoami()).toBe('cookie-owner');
  });

  it('SE-02 does no harm among two hundred, and hides no good one', async () => {
    const owner = await app.person('crowded');
    const junk = Array.from({ length: 200 }, (_, index) => `c${index}=%E0%A4%A${'x'.repeat(20)}`);
    const cookie = [
      ...junk,
      `test-session=${owner.cookies.get('test-session')}`,
      'test-devices=%%%~~.',
    ].join('; ');
    const page = await app.visitor().get('/settings', { headers: { cookie } });
    expect([page.status, page.html.includes('value="crowded"')]).toEqual([200, true]);
    const names = [
      '__proto__=1',
      'constructor=1',
      '=',
      '; ;',
      'a==b',
      'test-session',
      '$Version=1',
    ];
    const odd = await app.visitor().get('/', { headers: { cookie: names.join('; ') } });
    expect(odd.status).toBe(200);
  });
});

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
    expect(await recordOf(old)).toBeNull();
    const body = { _csrf: open, currentPassword: PASSWORD };
    expect([303, 403]).toContain((await phone.send('POST', '/settings/delete', { body })).status);
    for (const dead of [old, phone]) expect(await dead.whoami()).toBeNull();
    expect(await bystander.whoami()).toBe(`bystander-${what}`);
    expect((await app.users()).some(({ username }) => username === name)).toBe(true);
  },
);

it('SE-04 nothing of the first person reaches the second in the same browser', async () => {
  const visitor = await app.person('first-user');
  const old = await visitor.token('/settings');
  await app.person('second-user');
  await visitor.send('POST', '/login', {
    body: { _csrf: old, identifier: 'second-user', password: PASSWORD },
  });
  expect(await visitor.whoami()).toBe('second-user');
  const answer = await visitor.send('POST', '/settings', { body: { _csrf: old, ...SETTINGS } });
  expect(answer.status).toBe(403);
  expect(await visitor.whoami()).toBe('second-user');
});

it('SE-05 a copied cookie is dead after the log-out, and the record gone', async () => {
  const visitor = await app.person('logs-out');
  const token = await visitor.token('/settings');
  const thief = visitor.copy();
  expect(await recordOf(thief)).not.toBeNull();
  await visitor.logout();
  expect(await recordOf(thief)).toBeNull();
  expect(await thief.whoami()).toBeNull();
  const post = await thief.send('POST', '/settings', { body: { _csrf: token, ...SETTINGS } });
  expect([303, 403]).toContain(post.status);
  expect((await app.users()).some((user) => user['username'] === 'changed')).toBe(false);
});

it('a request that is still under way when its session ends changes nothing and brings no session', async () => {
  const visitor = await app.person('under-way');
  const tab = visitor.copy();
  const users = app.nest.get(UsersService);
  const changeProfile = users.changeProfile.bind(users);
  users.changeProfile = async (...change) => {
    await visitor.logout();
    return changeProfile(...change);
  };
  try {
    const answer = await tab.submit('/settings', { username: 'under-way', name: 'Late' });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([422, []]);
  } finally {
    users.changeProfile = changeProfile;
  }
  expect((await app.user('under-way'))?.['name']).toBe('The real under-way');
  expect(await sessionsOf('under-way')).toEqual([]);
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
  await first.submit('/settings/delete', { currentPassword: PASSWORD });
  const dead = second.copy();
  const left = await second.get('/settings');
  expect(left.headers.getSetCookie().join()).toMatch(/^test-session=;.*Expires=Thu, 01 Jan 1970/);
  for (let page = 0; page < 10; page++) {
    expect((await dead.get(page % 2 ? '/' : '/settings')).status).toBe(page % 2 ? 200 : 303);
  }
  expect(await second.whoami()).toBeNull();
});

it('SE-10 a thousand visits leave nothing in the database and no cookie in a browser, forms included', async () => {
  const contents = async () => {
    const collections = await app.db.listCollections();
    const counts = collections.map(async ({ name }) => [
      name,
      await app.db.collection(name).countDocuments(),
    ]);
    return Object.fromEntries(await Promise.all(counts)) as object;
  };
  const home = await app.visitor().get('/');
  const assets = [...home.html.matchAll(/\/assets\/[^"]+/g)].map(([url]) => url);
  expect(assets.length).toBeGreaterThan(2);
  const paths = [
    '/',
    '/login',
    '/register',
    '/nowhere',
    '/health/live',
    '/health/ready',
    '/settings',
    '/pending-link',
    '/oauth/google/callback?state=x&code=y',
    '/oauth/github/callback?error=access_denied',
    ...assets,
  ];
  const before = await contents();
  for (let round = 0; round < 1000 / 20 / paths.length; round++) {
    const answers = await Promise.all(
      paths.flatMap((path) => Array.from({ length: 20 }, () => app.visitor().get(path))),
    );
    for (const { headers } of answers) expect(headers.getSetCookie()).toEqual([]);
  }
  expect(await contents()).toEqual(before);
});

it('an account holds fifty sessions: one more ends the one that was not seen for longest', async () => {
  const first = await app.person('everywhere');
  for (let browser = 1; browser < 50; browser++) await app.visitor().login('everywhere');
  app.advance(1000);
  expect(await sessionsOf('everywhere')).toHaveLength(50);
  expect(await first.whoami()).toBe('everywhere');
  await app.visitor().login('everywhere');
  expect(await sessionsOf('everywhere')).toHaveLength(50);
  expect(await first.whoami()).toBeNull();
});

it('a login takes the sessions away that have ended', async () => {
  const first = await app.person('comes-back');
  await first.login('comes-back', PASSWORD, { remember: 'yes' });
  await app.visitor().login('comes-back');
  app.advance(25 * 60 * 60_000);
  await app.visitor().login('comes-back');
  expect(await sessionsOf('comes-back')).toHaveLength(2);
  expect(await first.whoami()).toBe('comes-back');
});

it('SE-14 after the log-out no answer says that what the browser has is still good', async () => {
  const visitor = await app.person('goes-back');
  const pages = ['/settings', '/settings/email', '/settings/password', '/settings/delete'];
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

it('SE-15 a broken session record makes a stranger, not an error', async () => {
  const broken = [
    'text',
    7,
    null,
    [],
    { startedAt: 'long ago' },
    { lastSeenAt: null },
    { authenticatedAt: 5 },
    { methods: 'password' },
    { methods: [7] },
    { remember: 'yes' },
    { heldForm: 'text' },
    { heldForm: { token: 7, page: '/settings' } },
  ];
  for (const [index, change] of broken.entries()) {
    const username = `broken-${index}`;
    const visitor = await app.person(username);
    const [id = ''] = await sessionsOf(username);
    const record = await recordOf(visitor);
    const isWhole = typeof change !== 'object' || change === null || Array.isArray(change);
    const session = isWhole ? change : { ...(record as object), ...change };
    const set = { [`sessions.${id}`]: session };
    await app.db.collection('users').updateOne({ username }, { $set: set });
    expect((await visitor.get('/')).status).toBe(200);
    expect(await visitor.whoami()).toBeNull();
    expect((await visitor.login(username)).location).toBe('/');
    expect(await visitor.whoami()).toBe(username);
    await app.db.collection('users').updateOne({ username }, { $set: { sessions: change } });
    expect(await visitor.whoami()).toBeNull();
  }
});

it('LE-03 a copy of the database holds no usable session', async () => {
  const visitor = await app.person('at-rest');
  const [, secret = 'none'] = (visitor.cookies.get('test-session') ?? '').split('.');
  expect(secret).toHaveLength(32);
  const dump = JSON.stringify(await app.users());
  expect(dump).not.toContain(secret);
  expect(dump).not.toContain(createHash('sha256').update(secret).digest('base64url'));
});

it('SE-02 cookies of other programs on this host are left alone', async () => {
  const cookie =
    'session=1; latchkey-session=2; my-test-session=3; test-session-old=4; TEST-SESSION=5';
  const answer = await app.visitor().get('/login', { headers: { cookie } });
  expect(answer.headers.getSetCookie()).toEqual([]);
});
