import { startApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('SE-01 a session id from before the login is worth nothing after it', async () => {
  await app.person('fixed');
  const visitor = app.visitor();
  await visitor.get('/login');
  const planted = visitor.copy();
  await visitor.login('fixed');
  expect(await visitor.whoami()).toBe('fixed');
  expect(await planted.whoami()).toBeNull();
});

describe('a cookie that we did not make', () => {
  const count = () => app.db.collection('sessions').countDocuments();

  it('SE-02 is never adopted, makes no record and no error', async () => {
    const owner = await app.person('cookie-owner');
    const good = owner.cookies.get('test-session') ?? '';
    const id = decodeURIComponent(good).slice(2).split('.')[0] ?? '';
    const before = await count();
    const values = [
      's%3Ainvented.signature',
      `s%3A${'a'.repeat(32)}.${'b'.repeat(43)}`,
      // The real id, without a signature, with another one, with a part of its own.
      id,
      `s%3A${id}`,
      `s%3A${id}.`,
      `s%3A${id}.${'b'.repeat(43)}`,
      good.slice(0, -1),
      `${good}x`,
      good.toUpperCase(),
      'plain',
      'j:{}',
      'j%3A%7B%22passport%22%3A1%7D',
      's:j:{}',
      '%E0%A4%A',
      '%',
      '"',
      '',
      '__proto__',
      'x'.repeat(8192),
    ];
    for (const value of values) {
      for (const cookie of [
        `test-session=${value}`,
        `test-session=${value}; test-session=second`,
      ]) {
        for (const path of ['/', '/settings']) {
          const answer = await app.visitor().get(path, { headers: { cookie } });
          expect([value, answer.status]).toEqual([value, path === '/' ? 200 : 303]);
          expect(answer.html).not.toContain('cookie-owner');
          for (const set of answer.headers.getSetCookie()) expect(set).toMatch(/^test-session=;/);
        }
      }
    }
    expect(await count()).toBe(before);
    expect(await owner.whoami()).toBe('cookie-owner');
  });

  it('SE-02 gets a new id where a page needs a session', async () => {
    const invented = 'a'.repeat(32);
    const visitor = app.visitor();
    const answer = await visitor.get('/login', {
      headers: { cookie: `test-session=s%3A${invented}.${'b'.repeat(43)}` },
    });
    expect(answer.status).toBe(200);
    expect(visitor.cookies.get('test-session')).toMatch(/^s%3A[\w-]{32}\./);
    expect(visitor.cookies.get('test-session')).not.toContain(invented);
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

it('SE-02 cookies of other programs on this host are left alone', async () => {
  const cookie =
    'session=1; latchkey-session=2; my-test-session=3; test-session-old=4; TEST-SESSION=5';
  const answer = await app.visitor().get('/login', { headers: { cookie } });
  for (const set of answer.headers.getSetCookie()) expect(set).toMatch(/^test-session=s%3A/);
});

it('SE-10 a thousand visits make no session, but for a page with a form, and that one is short', async () => {
  const count = () => app.db.collection('sessions').countDocuments();
  const before = await count();
  const home = await app.visitor().get('/');
  const assets = [...home.html.matchAll(/\/assets\/[^"]+/g)].map(([url]) => url);
  expect(assets.length).toBeGreaterThan(2);
  const paths = [
    '/',
    '/nowhere',
    '/health/live',
    '/health/ready',
    '/settings',
    '/pending-link',
    '/oauth/google/callback?state=x&code=y',
    '/oauth/github/callback?error=access_denied',
    ...assets,
  ];
  for (let round = 0; round < 1000 / 20 / paths.length; round++) {
    const answers = await Promise.all(
      paths.flatMap((path) => Array.from({ length: 20 }, () => app.visitor().get(path))),
    );
    for (const { headers } of answers) expect(headers.getSetCookie()).toEqual([]);
  }
  expect(await count()).toBe(before);
  await Promise.all(Array.from({ length: 50 }, () => app.visitor().get('/login')));
  expect(await count()).toBe(before + 50);
  const anonymous = await app.db
    .collection('sessions')
    .find({ userId: { $exists: false } })
    .toArray();
  for (const { expiresAt } of anonymous) {
    expect(Number(expiresAt) - Date.now()).toBeLessThan(61 * 60_000);
  }
});
