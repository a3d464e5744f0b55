import { startApp, type TestApp } from '../support/app.js';
import { setUp } from '../support/authenticator.js';
import {
  addPasskey,
  logInByPasskey,
  optionsFor,
  optionsOn,
  passkeyHolder,
  softDevice,
} from '../support/passkeys.js';
import type { Visitor } from '../support/visitor.js';

const STEP = '/login/second-step/passkey';
const CREATE = '/register/passkey/create';
/** Somebody touched it, and it did not ask who. */
const TOUCHED = { flags: 1 };

let app: TestApp;

async function passwordFirst(username: string): Promise<Visitor> {
  const visitor = app.visitor();
  expect((await visitor.login(username)).location).toBe('/login/second-step');
  return visitor;
}

describe('an account with an authenticator app and a passkey', () => {
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('is opened by a passkey that has asked for its person, which is two factors', async () => {
    const { person, own } = await passkeyHolder(app, 'two-factors');
    await setUp(app, person);
    const visitor = app.visitor();
    const answer = await logInByPasskey(visitor, own.use(await optionsFor(visitor)));
    expect(answer.location).toBe('/');
    expect(await visitor.whoami()).toBe('two-factors');
  });

  it('PK-02 OA-14 asks for the code after a passkey that has not, and not for the passkey again', async () => {
    const { person, own } = await passkeyHolder(app, 'one-factor');
    const { app: codes } = await setUp(app, person);
    const visitor = app.visitor();
    const first = await logInByPasskey(visitor, own.use(await optionsFor(visitor), TOUCHED));
    expect(first.location).toBe('/login/second-step');
    expect(await visitor.whoami()).toBeNull();
    const page = await visitor.get('/login/second-step/authenticator');
    expect(page.html).not.toContain(STEP);
    expect((await visitor.get(STEP)).location).toBe('/login');
    const taken = await visitor.submit('/login/second-step/authenticator', {
      totp: codes.code(),
    });
    expect(taken.location).toBe('/');
    expect(await visitor.whoami()).toBe('one-factor');
  });

  it('takes the passkey as the second step after the password, the code left aside', async () => {
    const { person, own } = await passkeyHolder(app, 'stands-in');
    await setUp(app, person);
    const visitor = await passwordFirst('stands-in');
    const code = await visitor.get('/login/second-step/authenticator');
    expect(code.html).toContain(STEP);
    const passkey = own.use(await optionsOn(visitor, STEP), TOUCHED);
    expect((await visitor.submit(STEP, { passkey })).location).toBe('/');
    expect(await visitor.whoami()).toBe('stands-in');
  });

  it('PK-03 takes no passkey of another person, nor its own for another login', async () => {
    const { person } = await passkeyHolder(app, 'second-victim');
    await setUp(app, person);
    const { own } = await passkeyHolder(app, 'second-thief');
    const visitor = await passwordFirst('second-victim');
    const passkey = own.use(await optionsOn(visitor, STEP));
    expect((await visitor.submit(STEP, { passkey })).status).toBe(422);
    expect(await visitor.whoami()).toBeNull();
    expect(app.log.join('\n')).toContain('second-step-failed');
  });

  it('PK-01 takes no challenge of another login', async () => {
    const { person, own } = await passkeyHolder(app, 'two-logins');
    await setUp(app, person);
    const [one, other] = [await passwordFirst('two-logins'), await passwordFirst('two-logins')];
    const passkey = own.use(await optionsOn(one, STEP));
    expect((await other.submit(STEP, { passkey })).status).toBe(422);
    expect(await other.whoami()).toBeNull();
  });

  it('ends where a passkey is removed: a login that began before begins again', async () => {
    const { person } = await passkeyHolder(app, 'begun-before');
    await setUp(app, person);
    const visitor = await passwordFirst('begun-before');
    const { html } = await person.get('/settings/security/passkeys');
    const [, action = ''] = /action="([^"]+\/remove)"/.exec(html) ?? [];
    await person.submit('/settings/security/passkeys', {}, action);
    expect((await visitor.get(STEP)).location).toBe('/login');
  });
});

describe('where every account needs a second step', () => {
  beforeAll(async () => {
    app = await startApp({ SECOND_FACTOR: 'required' });
  });
  afterAll(() => app.close());

  it('MF-03 a passkey is one after the password, and none after itself', async () => {
    const person = app.visitor();
    await person.register('needed');
    await setUp(app, person, '/login/set-up');
    expect(await person.whoami()).toBe('needed');
    const own = softDevice(app);
    await addPasskey(person, own);
    await person.submit(
      '/settings/security/authenticator',
      {},
      '/settings/security/authenticator/remove',
    );
    expect(await person.whoami()).toBe('needed');
    const byPassword = app.visitor();
    expect((await byPassword.login('needed')).location).toBe('/login/second-step');
    expect((await byPassword.get('/login/second-step')).location).toBe(STEP);
    // Whoever found the authenticator must not get in by it alone, nor set up an app of their own.
    const finder = app.visitor();
    const alone = await logInByPasskey(finder, own.use(await optionsFor(finder), TOUCHED));
    expect(alone.status).toBe(422);
    expect(alone.text).toContain('Log in another way first');
    expect((await finder.get('/login/set-up')).location).toBe('/login');
    expect(app.log.join('\n')).toContain('reason=alone');
    // One that asks for its person is both.
    const verified = app.visitor();
    const used = await logInByPasskey(verified, own.use(await optionsFor(verified)));
    expect(used.location).toBe('/');
    // The passkey is the last second step: it stays.
    const { html } = await person.get('/settings/security/passkeys');
    const [, action = ''] = /action="([^"]+\/remove)"/.exec(html) ?? [];
    const refused = await person.submit('/settings/security/passkeys', {}, action);
    expect(refused.status).toBe(422);
    expect((await person.get('/settings/security/passkeys')).html).toContain(action);
  });

  it('leads whoever has nothing but a passkey that asks for nobody to the set-up', async () => {
    const person = app.visitor();
    const names = { email: 'only-touched@example.com', username: 'only-touched', name: '' };
    await person.submit('/register/passkey', names);
    const own = softDevice(app);
    const made = own.make(await optionsOn(person, CREATE), TOUCHED);
    expect((await person.submit(CREATE, { passkey: made })).location).toBe('/login/set-up');
    const again = app.visitor();
    const used = own.use(await optionsFor(again), TOUCHED);
    expect((await logInByPasskey(again, used)).location).toBe('/login/set-up');
  });
});
