import { startApp, type TestApp } from './support/app.js';
import { PASSWORD } from './support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const SETTINGS = { username: 'changed', name: 'changed' };

it('SE-01 a session id from before the login is worth nothing after it', async () => {
  await app.person('fixed');
  const visitor = app.visitor();
  await visitor.get('/login');
  const planted = visitor.copy();
  await visitor.login('fixed');
  expect(await visitor.whoami()).toBe('fixed');
  expect(await planted.whoami()).toBeNull();
});

it('SE-02 invented and broken cookies are ignored', async () => {
  const count = () => app.db.collection('sessions').countDocuments();
  const before = await count();
  const values = ['s%3Ainvented.signature', 'plain', 'j:{}', '%E0%A4%A', 'x'.repeat(6000)];
  for (const value of values) {
    const answer = await app
      .visitor()
      .get('/', { headers: { cookie: `session=${value}; session=second` } });
    expect(answer.status).toBe(200);
  }
  expect(await count()).toBe(before);
});

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

it('SE-05 a copied cookie is dead after the log-out', async () => {
  const visitor = await app.person('logs-out');
  const token = await visitor.token('/settings');
  const thief = visitor.copy();
  await visitor.logout();
  expect(await thief.whoami()).toBeNull();
  const post = await thief.send('POST', '/settings', { body: { _csrf: token, ...SETTINGS } });
  expect([303, 403]).toContain(post.status);
  expect((await app.users()).some((user) => user['username'] === 'changed')).toBe(false);
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
  for (let page = 0; page < 10; page++) expect((await second.get('/')).status).toBe(200);
  expect(await second.whoami()).toBeNull();
});

it('SE-10 pages without a form make no session', async () => {
  const before = await app.db.collection('sessions').countDocuments();
  const visitor = app.visitor();
  for (const path of ['/', '/nowhere', '/health/live']) {
    const answer = await visitor.get(path);
    expect(answer.headers.getSetCookie()).toEqual([]);
  }
  expect(await app.db.collection('sessions').countDocuments()).toBe(before);
});

it('SE-15 a broken session record makes a stranger, not an error', async () => {
  const broken = [
    { data: {} },
    { data: 'text' },
    { 'data.passport': { user: { userId: 7 } } },
    { 'data.passport': { user: 'text' } },
    { expiresAt: 'never' },
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

it('LE-03 a copy of the database holds no usable session', async () => {
  const visitor = await app.person('at-rest');
  const cookie = decodeURIComponent(visitor.cookies.get('session') ?? '');
  const id = cookie.slice(2).split('.')[0] ?? 'none';
  expect(id).toHaveLength(32);
  const dump = JSON.stringify(await app.db.collection('sessions').find().toArray());
  expect(dump).not.toContain(id);
});
