import { startApp, type TestApp } from '../support/app.js';
import { sessionsOf } from '../support/stored-sessions.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

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
    const [id = ''] = await sessionsOf(app, 'cookie-owner');
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
        for (const path of ['/', '/settings/profile']) {
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
    const page = await app.visitor().get('/settings/profile', { headers: { cookie } });
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

it('SE-02 cookies of other programs on this host are left alone', async () => {
  const cookie =
    'session=1; latchkey-session=2; my-test-session=3; test-session-old=4; TEST-SESSION=5';
  const answer = await app.visitor().get('/login', { headers: { cookie } });
  expect(answer.headers.getSetCookie()).toEqual([]);
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
    '/settings/profile',
    '/pending-link',
    '/oauth/google/callback?state=x&code=y',
    '/oauth/github/callback?error=access_denied',
    ...assets,
  ];
  // The mails of the registrations before are handed over.
  await app.mails('nobody@example.com');
  const before = await contents();
  for (let round = 0; round < 1000 / 20 / paths.length; round++) {
    const answers = await Promise.all(
      paths.flatMap((path) => Array.from({ length: 20 }, () => app.visitor().get(path))),
    );
    for (const { headers } of answers) expect(headers.getSetCookie()).toEqual([]);
  }
  expect(await contents()).toEqual(before);
});
