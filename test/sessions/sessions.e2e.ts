import { createHash } from 'node:crypto';
import { UsersService } from '../../src/users/users.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const SETTINGS = { username: 'changed', name: 'changed' };

/** The session's record, as the cookie leads to it. */
async function recordOf(visitor: Visitor): Promise<Record<string, unknown> | null> {
  const [id = ''] = decodeURIComponent(visitor.cookies.get('test-session') ?? '')
    .slice(2)
    .split('.');
  const key = createHash('sha256').update(id).digest('base64url');
  return app.db.collection<{ _id: string }>('sessions').findOne({ _id: key });
}

it('a record names the person in an indexed field, and says since when and how', async () => {
  const visitor = await app.person('recorded');
  const user = await app.user('recorded');
  expect(await recordOf(visitor)).toMatchObject({
    userId: String(user?.['_id']),
    startedAt: expect.any(Date),
    lastSeenAt: expect.any(Date),
    authenticatedAt: expect.any(Date),
    methods: ['password'],
    remember: false,
  });
  const indexes = await app.db.collection('sessions').indexes();
  expect(indexes.map(({ key }) => key)).toContainEqual({ userId: 1 });
});

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

it('a request that is still under way when its session ends does not bring the record back', async () => {
  const visitor = await app.person('under-way');
  const tab = visitor.copy();
  const users = app.nest.get(UsersService);
  const changeProfile = users.changeProfile.bind(users);
  users.changeProfile = async (...change) => {
    await visitor.logout();
    return changeProfile(...change);
  };
  try {
    // Its answer stores a notice for the next page.
    const answer = await tab.submit('/settings', { username: 'under-way', name: 'Late' });
    expect([answer.status, answer.location]).toEqual([303, '/settings']);
  } finally {
    users.changeProfile = changeProfile;
  }
  expect(await recordOf(tab)).toBeNull();
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

it('SE-07, SE-08 a session of an earlier epoch is nobody’s, though its record is still there', async () => {
  const visitor = await app.person('epochal');
  const before = visitor.copy();
  expect(await visitor.whoami()).toBe('epochal');
  // As a change of the password does before it comes to the records of the other sessions.
  await app.db
    .collection('users')
    .updateOne({ username: 'epochal' }, { $inc: { sessionEpoch: 1 } });
  expect(await recordOf(before)).not.toBeNull();
  const answer = await visitor.get('/settings');
  expect([answer.status, answer.location]).toEqual([303, '/login?next=%2Fsettings']);
  expect(answer.headers.getSetCookie().join()).toMatch(/^test-session=;.*Expires=Thu, 01 Jan 1970/);
  expect(await recordOf(before)).toBeNull();
  expect((await visitor.login('epochal')).location).toBe('/');
  expect(await visitor.whoami()).toBe('epochal');
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
    { data: {} },
    { data: 'text' },
    { 'data.passport': { user: { userId: 7 } } },
    { 'data.passport': { user: 'text' } },
    { expiresAt: 'never' },
    { 'data.notices': 7 },
    { 'data.notices': [null] },
    { 'data.notices': [{ kind: 'success', key: 'notices.welcome' }] },
  ];
  for (const [index, change] of broken.entries()) {
    const visitor = await app.person(`broken-${index}`);
    const user = (await app.users()).find((each) => each['username'] === `broken-${index}`);
    await app.db
      .collection('sessions')
      .updateOne({ userId: String(user?.['_id']) }, { $set: change });
    expect((await visitor.get('/')).status).toBe(200);
    expect(await visitor.whoami()).toBeNull();
  }
});

it('SE-15 what a record says of its cookie is not believed', async () => {
  const visitor = await app.person('baked');
  const user = (await app.users()).find((each) => each['username'] === 'baked');
  for (const cookie of [
    { originalMaxAge: 'x' },
    { expires: 5 },
    { originalMaxAge: 86_400_000, domain: 'evil.example', httpOnly: false },
  ]) {
    await app.db
      .collection('sessions')
      .updateOne({ userId: String(user?.['_id']) }, { $set: { 'data.cookie': cookie } });
    const answer = await visitor.submit('/settings', { username: 'baked', name: 'B' });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([303, []]);
  }
});

it('SE-15 a notice of an earlier release, whose sentence is gone, is passed over', async () => {
  const visitor = await app.person('upgraded');
  const user = (await app.users()).find((each) => each['username'] === 'upgraded');
  const notices = [{ kind: 'success', key: 'notices.of-old', params: {} }];
  await app.db
    .collection('sessions')
    .updateOne({ userId: String(user?.['_id']) }, { $set: { 'data.notices': notices } });
  expect((await visitor.get('/')).status).toBe(200);
  expect(await visitor.whoami()).toBe('upgraded');
});

it('LE-03 a copy of the database holds no usable session', async () => {
  const visitor = await app.person('at-rest');
  const cookie = decodeURIComponent(visitor.cookies.get('test-session') ?? '');
  const id = cookie.slice(2).split('.')[0] ?? 'none';
  expect(id).toHaveLength(32);
  const dump = JSON.stringify(await app.db.collection('sessions').find().toArray());
  expect(dump).not.toContain(id);
});

it('SE-02 cookies of other programs on this host are left alone', async () => {
  const cookie =
    'session=1; latchkey-session=2; my-test-session=3; test-session-old=4; TEST-SESSION=5';
  const answer = await app.visitor().get('/login', { headers: { cookie } });
  for (const set of answer.headers.getSetCookie()) expect(set).toMatch(/^test-session=s%3A/);
});
