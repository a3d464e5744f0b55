import { startApp, type TestApp } from '../support/app.js';
import {
  codesOn,
  keyOn,
  setUp,
  twoStepPerson,
  typeRecoveryCode,
  typeTotp,
} from '../support/authenticator.js';
import { freshDatabase } from '../support/database-address.js';
import {
  addPasskey,
  logInByPasskey,
  optionsFor,
  optionsOn,
  softDevice,
} from '../support/passkeys.js';
import { TOUCHED } from '../support/paths.js';
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

  it('leads back to the set-up from the login page, which any other page leads to', async () => {
    const visitor = app.visitor();
    expect((await visitor.get('/login')).html).not.toContain('href="/login/set-up"');
    await visitor.register('strays');
    const { location } = await visitor.get('/settings');
    expect(location).toBe('/login?next=%2Fsettings');
    expect((await visitor.get(location ?? '')).html).toContain('href="/login/set-up"');
    await setUp(app, visitor, '/login/set-up');
    await visitor.logout();
    expect((await visitor.get('/login')).html).not.toContain('href="/login/set-up"');
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

  it('is told to whoever came by a passkey that was only touched, and ends their session', async () => {
    const person = app.visitor();
    const create = '/register/passkey/create';
    const names = { email: 'touching@example.com', username: 'touching', name: '' };
    await person.submit('/register/passkey', { ...names, remember: 'yes' });
    const own = softDevice(app);
    const made = own.make(await optionsOn(person, create), TOUCHED);
    await person.submit(create, { passkey: made });
    expect((await person.get('/settings/profile')).text).toContain('Set it up by');
    app.advance(7 * DAY);
    expect(await person.whoami()).toBeNull();
    // With its person asked, it is two factors, and nothing is to be set up.
    const verified = app.visitor();
    await logInByPasskey(verified, own.use(await optionsFor(verified)));
    expect((await verified.get('/settings/profile')).text).not.toContain('Set it up by');
    expect(await verified.whoami()).toBe('touching');
  });

  it('whoever adds a passkey stays logged in, and need not set up anything more', async () => {
    const person = await app.person('adds-a-key');
    await addPasskey(person, softDevice(app));
    expect(await person.whoami()).toBe('adds-a-key');
    expect((await person.get('/settings/profile')).text).not.toContain('Set it up by');
  });

  it('a code for an app that the account has not is no try, and no limit refused it', async () => {
    await addPasskey(await app.person('without-app'), softDevice(app));
    const begin = app.log.length;
    const visitor = app.visitor();
    expect((await visitor.login('without-app')).location).toBe('/login/second-step');
    expect((await typeTotp(visitor, '123456')).location).toBe('/login');
    const code = 'ABCD-EFGH-JKLM-NPQR';
    expect((await typeRecoveryCode(visitor, code)).location).toBe('/login');
    expect(app.log.slice(begin).join('\n')).not.toContain('second-step-failed');
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

it('a session of before that has shown no factor of its account is led to the second step', async () => {
  const database = freshDatabase();
  const before = await startApp({ MONGODB_URI: database });
  const own = softDevice(before);
  await addPasskey(await before.person('keyed'), own);
  const [byPassword, byPasskey, trusted] = [before.visitor(), before.visitor(), before.visitor()];
  await byPassword.login('keyed');
  await logInByPasskey(byPasskey, own.use(await optionsFor(byPasskey)));
  const { app: authenticator, visitor: byCode } = await twoStepPerson(before, 'trusting');
  await trusted.login('trusting');
  await typeTotp(trusted, authenticator.code(), { trust: 'yes' });
  await trusted.login('trusting');
  await before.nest.close();
  const after = await startApp({ MONGODB_URI: database, SECOND_FACTOR: 'required' });
  after.advance(before.now().getTime() - after.now().getTime());
  const now = (visitor: Visitor) => {
    const same = after.visitor();
    for (const [name, value] of visitor.cookies) same.cookies.set(name, value);
    return same;
  };
  const alone = now(byPassword);
  expect(await alone.whoami()).toBeNull();
  expect((await alone.login('keyed')).location).toBe('/login/second-step');
  expect(await now(byPasskey).whoami()).toBe('keyed');
  expect(await now(byCode).whoami()).toBe('trusting');
  const device = now(trusted);
  expect(await device.whoami()).toBe('trusting');
  device.cookies.delete('test-trusted');
  expect(await device.whoami()).toBeNull();
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
