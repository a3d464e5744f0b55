import { startApp, type TestApp } from '../support/app.js';
import { recordOf } from '../support/session-record.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('a record names the person in an indexed field, and says since when and how', async () => {
  const visitor = await app.person('recorded');
  const user = await app.user('recorded');
  expect(await recordOf(app, visitor)).toMatchObject({
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
