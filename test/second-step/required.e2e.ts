import { startApp, type TestApp } from '../support/app.js';
import { codesOn, keyOn, setUp, typeTotp } from '../support/authenticator.js';
import { freshDatabase } from '../support/database-address.js';
import type { Visitor } from '../support/visitor.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('SECOND_FACTOR=required', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ SECOND_FACTOR: 'required' });
  });
  afterAll(() => app.close());

  it('leads a new account to the set-up before anything else, and on to where it wanted to go', async () => {
    const visitor = app.visitor();
    const registered = await visitor.register('made-here', { next: '/settings/profile' });
    expect(registered.location).toBe('/login/set-up');
    expect(await visitor.whoami()).toBeNull();
    const { answer, app: authenticator } = await setUp(app, visitor, '/login/set-up');
    expect(answer.html).toContain('href="/settings/profile"');
    expect(codesOn(answer)).toHaveLength(10);
    expect(await visitor.whoami()).toBe('made-here');
    const next = app.visitor();
    expect((await next.login('made-here')).location).toBe('/login/second-step');
    expect((await typeTotp(next, authenticator.code())).location).toBe('/');
  });

  it('waits thirty minutes for the set-up, and no longer', async () => {
    const visitor = app.visitor();
    await visitor.register('slow-one');
    app.advance(29 * MINUTE);
    expect(keyOn(await visitor.get('/login/set-up'))).not.toBe('');
    app.advance(2 * MINUTE);
    expect((await visitor.get('/login/set-up')).location).toBe('/login');
  });

  it('of two browsers that set up at once one is let in, and the other begins again', async () => {
    const [one, other] = [app.visitor(), app.visitor()];
    await one.register('set-up-twice');
    await other.login('set-up-twice');
    const late = keyOn(await other.get('/login/set-up'));
    expect(late).not.toBe('');
    await setUp(app, one, '/login/set-up');
    const answer = await other.send('POST', '/login/set-up', { body: { totp: '123456' } });
    expect(answer.location).toBe('/login');
    expect(await one.whoami()).toBe('set-up-twice');
  });

  it('lets nobody turn off the only one', async () => {
    const visitor = app.visitor();
    await visitor.register('keeps-it');
    await setUp(app, visitor, '/login/set-up');
    const page = '/settings/security/authenticator';
    expect((await visitor.get(page)).text).toContain('you can’t turn it off');
    const answer = await visitor.submit(page, {}, `${page}/remove`);
    expect(answer.text).toContain('can’t turn off your only one');
    expect(await app.user('keeps-it')).toHaveProperty('totp');
  });
});

describe('SECOND_FACTOR_GRACE_DAYS', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ SECOND_FACTOR: 'required', SECOND_FACTOR_GRACE_DAYS: '7' });
  });
  afterAll(() => app.close());

  it('lets an account in for so long, says so on every page, and then leads to the set-up', async () => {
    const person = await app.person('in-grace');
    expect((await person.get('/settings/profile')).text).toContain('Set it up by');
    app.advance(6 * DAY);
    const later = app.visitor();
    expect((await later.login('in-grace', undefined, { remember: 'yes' })).location).toBe('/');
    app.advance(1 * DAY);
    // A session of the grace ends with it.
    expect(await later.whoami()).toBeNull();
    expect((await later.login('in-grace')).location).toBe('/login/set-up');
    await setUp(app, later, '/login/set-up');
    expect((await later.get('/settings/profile')).text).not.toContain('Set it up by');
  });
});

it('a session of before the setting was switched on opens nothing, and comes back to nothing after the set-up', async () => {
  const database = freshDatabase();
  const before = await startApp({ MONGODB_URI: database });
  const person = await before.person('switched');
  const cookies = new Map(person.cookies);
  await before.nest.close();
  const after = await startApp({ MONGODB_URI: database, SECOND_FACTOR: 'required' });
  const old = after.visitor();
  for (const [name, value] of cookies) old.cookies.set(name, value);
  expect((await old.get('/settings')).location).toMatch(/^\/login\?next=/);
  const thief = old.copy();
  expect((await old.login('switched')).location).toBe('/login/set-up');
  await setUp(after, old, '/login/set-up');
  expect(await old.whoami()).toBe('switched');
  expect(await thief.whoami()).toBeNull();
  await after.close();
});

it.each<[string, (visitor: Visitor) => Promise<unknown>]>([
  ['log-out', (visitor) => visitor.send('POST', '/logout', { body: {} })],
  ['login as somebody else', (visitor) => visitor.register('somebody-else')],
])('SE-05 a session of before ends by a %s, though it opens nothing', async (_, leave) => {
  const database = freshDatabase();
  const before = await startApp({ MONGODB_URI: database });
  const { cookies } = await before.person('left-behind');
  await before.nest.close();
  const after = await startApp({ MONGODB_URI: database, SECOND_FACTOR: 'required' });
  const old = after.visitor();
  for (const [name, value] of cookies) old.cookies.set(name, value);
  await leave(old);
  // Nobody can bring it back by a change of the setting.
  expect(Object.keys((await after.user('left-behind'))?.['sessions'] as object)).toEqual([]);
  await after.close();
});
