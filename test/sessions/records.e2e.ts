import { createHash } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { recordOf, sessionsOf } from '../support/stored-sessions.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

it('a record says since when the person is signed in, how, and in which browser', async () => {
  await app.person('recorded');
  const visitor = app.visitor('2001:db8::7');
  const body = { identifier: 'recorded', password: PASSWORD };
  await visitor.send('POST', '/login', { body, headers: { 'user-agent': FIREFOX } });
  expect(await recordOf(app, visitor)).toEqual({
    startedAt: expect.any(Date),
    lastSeenAt: expect.any(Date),
    authenticatedAt: expect.any(Date),
    methods: ['password'],
    remember: false,
    browser: { browser: 'Firefox', system: 'Linux' },
    address: '2001:db8::7',
  });
});

it('a session says where it was last seen, and keeps it when it gets a new id', async () => {
  const visitor = await app.person('moved');
  app.advance(60_000);
  await visitor.get('/', { headers: { 'x-forwarded-for': '192.0.2.77' } });
  expect(await recordOf(app, visitor)).toMatchObject({ address: '192.0.2.77' });
  const next = 'four louder harbours';
  const change = { currentPassword: PASSWORD, newPassword: next, newPasswordAgain: next };
  expect((await visitor.submit('/settings/password', change)).status).toBe(303);
  expect(await recordOf(app, visitor)).toMatchObject({ address: '192.0.2.77' });
});

it('an account holds fifty sessions: one more ends the one that was not seen for longest', async () => {
  const first = await app.person('everywhere');
  for (let browser = 1; browser < 50; browser++) await app.visitor().login('everywhere');
  app.advance(1000);
  expect(await sessionsOf(app, 'everywhere')).toHaveLength(50);
  expect(await first.whoami()).toBe('everywhere');
  await app.visitor().login('everywhere');
  expect(await sessionsOf(app, 'everywhere')).toHaveLength(50);
  expect(await first.whoami()).toBeNull();
});

it('a login takes the sessions away that have ended', async () => {
  const first = await app.person('comes-back');
  await first.login('comes-back', PASSWORD, { remember: 'yes' });
  await app.visitor().login('comes-back');
  app.advance(25 * 60 * 60_000);
  await app.visitor().login('comes-back');
  expect(await sessionsOf(app, 'comes-back')).toHaveLength(2);
  expect(await first.whoami()).toBe('comes-back');
});

it('SE-15 a broken session record makes a stranger, not an error', async () => {
  const broken = [
    'text',
    7,
    null,
    [],
    [{}],
    { startedAt: 'long ago' },
    { lastSeenAt: null },
    { authenticatedAt: 5 },
    { reauthenticatedAt: 'yesterday' },
    { methods: 'password' },
    { methods: [7] },
    { remember: 'yes' },
    { heldForm: 'text' },
    { heldForm: { token: 7, page: '/settings/profile' } },
    { browser: 'Firefox' },
    { browser: { browser: 'Firefox', system: {} } },
    { address: 7 },
  ];
  for (const [index, change] of broken.entries()) {
    const username = `broken-${index}`;
    const visitor = await app.person(username);
    const [id = ''] = await sessionsOf(app, username);
    const record = await recordOf(app, visitor);
    const isWhole = typeof change !== 'object' || change === null || Array.isArray(change);
    const session = isWhole ? change : { ...(record as object), ...change };
    const set = { [`sessions.${id}`]: session };
    await app.db.collection('users').updateOne({ username }, { $set: set });
    expect((await visitor.get('/')).status).toBe(200);
    expect(await visitor.whoami()).toBeNull();
    const other = app.visitor();
    expect((await other.login(username)).location).toBe('/');
    // It is taken away.
    expect(await sessionsOf(app, username)).toHaveLength(1);
    expect((await visitor.login(username)).location).toBe('/');
    expect(await visitor.whoami()).toBe(username);
    await app.db.collection('users').updateOne({ username }, { $set: { sessions: change } });
    expect(await visitor.whoami()).toBeNull();
    expect((await visitor.login(username)).location).toBe('/');
    expect(await visitor.whoami()).toBe(username);
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
