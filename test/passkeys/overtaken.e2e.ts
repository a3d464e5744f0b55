import { Injectable } from '@nestjs/common';
import { Ceremonies } from '../../src/auth/passkeys/ceremonies.js';
import { told } from '../support/activity.js';
import { startApp, type TestApp } from '../support/app.js';
import { setUp } from '../support/authenticator.js';
import { askFor } from '../support/lost-factor.js';
import {
  logInByPasskey,
  optionsFor,
  passkeyHolder,
  registerByPasskey,
  softDevice,
} from '../support/passkeys.js';
import type { Visitor } from '../support/visitor.js';

/** Ceremonies, where a test can have something else happen after the account was read. */
@Injectable()
class OvertakenCeremonies extends Ceremonies {
  before: (() => Promise<unknown>) | null = null;

  override async verify(...asserted: Parameters<Ceremonies['verify']>) {
    const { before } = this;
    this.before = null;
    await before?.();
    return super.verify(...asserted);
  }
}

let app: TestApp;

function useApp(environment: Record<string, string> = {}): void {
  beforeAll(async () => {
    app = await startApp(environment, (testing) =>
      testing.overrideProvider(Ceremonies).useClass(OvertakenCeremonies),
    );
  });
  afterAll(() => app.close());
}

const PASSKEYS = '/settings/security/passkeys';
const SET_UP = '/login/set-up';
/** Somebody touched it, and it did not ask who. */
const TOUCHED = 1;

function overtake(before: () => Promise<unknown>): void {
  app.nest.get<unknown, OvertakenCeremonies>(Ceremonies, { strict: false }).before = before;
}

async function passkeyOf(username: string): Promise<Record<string, unknown> | undefined> {
  return ((await app.user(username))?.['passkeys'] as Record<string, unknown>[] | undefined)?.[0];
}

async function handleOn(person: Visitor): Promise<string> {
  const { html } = await person.get(PASSKEYS);
  return new RegExp(`${PASSKEYS}/([\\w-]+)"`).exec(html.replace(`${PASSKEYS}/add"`, ''))?.[1] ?? '';
}

/** How often the person was told that their request is ended by a login. */
async function cancelled(username: string): Promise<number> {
  await told(app);
  const id = String((await app.user(username))?.['_id']);
  return app.log.filter((line) => line.includes(' factor-reset-cancelled ') && line.includes(id))
    .length;
}

describe('a login by passkey that is overtaken', () => {
  useApp();

  it('by another change of the account opens it all the same, and both stay', async () => {
    const { person, own } = await passkeyHolder(app, 'changed');
    const visitor = app.visitor();
    const passkey = own.use(await optionsFor(visitor), { counter: 7 });
    const handle = await handleOn(person);
    overtake(() => person.submit(`${PASSKEYS}/${handle}`, { name: 'Blue key' }));
    expect((await logInByPasskey(visitor, passkey)).location).toBe('/');
    expect(await visitor.whoami()).toBe('changed');
    expect(await passkeyOf('changed')).toMatchObject({ name: 'Blue key', counter: 7 });
  });

  it('by the end of the passkey opens nothing', async () => {
    const { person, own } = await passkeyHolder(app, 'removed');
    const visitor = app.visitor();
    const passkey = own.use(await optionsFor(visitor));
    const handle = await handleOn(person);
    overtake(() => person.submit(PASSKEYS, {}, `${PASSKEYS}/${handle}/remove`));
    expect((await logInByPasskey(visitor, passkey)).status).toBe(422);
    expect(await passkeyOf('removed')).toBeUndefined();
    expect(await visitor.whoami()).toBeNull();
  });

  it('PK-02 by a copy of the passkey opens nothing, and its person is told', async () => {
    const { own } = await passkeyHolder(app, 'copied');
    const [visitor, thief] = [app.visitor(), app.visitor()];
    const [passkey, copy] = [
      own.use(await optionsFor(visitor), { counter: 9 }),
      own.use(await optionsFor(thief), { counter: 9 }),
    ];
    overtake(() => logInByPasskey(thief, copy));
    expect((await logInByPasskey(visitor, passkey)).status).toBe(422);
    expect(await visitor.whoami()).toBeNull();
    expect(app.log.join('\n')).toContain('passkey-copied');
    expect(await passkeyOf('copied')).toMatchObject({ counter: 9 });
  });

  it('by another second factor opens nothing', async () => {
    const { person, own } = await passkeyHolder(app, 'factor');
    const visitor = app.visitor();
    const passkey = own.use(await optionsFor(visitor));
    overtake(() => setUp(app, person));
    expect((await logInByPasskey(visitor, passkey)).location).not.toBe('/');
    expect(await visitor.whoami()).toBeNull();
  });

  it.each([
    ['one step', 5],
    ['two steps', TOUCHED],
  ])('PK-02 by a copy, of %s, ends nobody’s session in its browser', async (name, flags) => {
    const [username, other] = [`copied-${flags}`, `other-${flags}`];
    const { person, own } = await passkeyHolder(app, username);
    await setUp(app, person);
    const [visitor, thief] = [await app.person(other), app.visitor()];
    const passkey = own.use(await optionsFor(visitor), { counter: 9, flags });
    const copy = own.use(await optionsFor(thief), { counter: 9 });
    overtake(() => logInByPasskey(thief, copy));
    expect([name, (await logInByPasskey(visitor, passkey)).status]).toEqual([name, 422]);
    expect(await visitor.whoami()).toBe(other);
  });

  it('by a request to take the factors off ends that as well', async () => {
    const { person, own } = await passkeyHolder(app, 'asked');
    await app.verify('asked');
    await setUp(app, person);
    const visitor = app.visitor();
    const passkey = own.use(await optionsFor(visitor));
    overtake(() => askFor(app, 'asked'));
    expect((await logInByPasskey(visitor, passkey)).location).toBe('/');
    expect((await app.user('asked'))?.['factorReset']).toBeUndefined();
    expect(await cancelled('asked')).toBe(1);
  });

  it('by another one, which has ended such a request, does not tell of that again', async () => {
    const { person, own } = await passkeyHolder(app, 'asked-twice');
    await app.verify('asked-twice');
    await setUp(app, person);
    await askFor(app, 'asked-twice');
    const [visitor, another] = [app.visitor(), app.visitor()];
    const [first, second] = [
      own.use(await optionsFor(another), { counter: 7 }),
      own.use(await optionsFor(visitor), { counter: 8 }),
    ];
    overtake(() => logInByPasskey(another, first));
    expect((await logInByPasskey(visitor, second)).location).toBe('/');
    expect(await cancelled('asked-twice')).toBe(1);
  });

  it('PK-02 by nothing, of a counter that stands still, ends nobody’s session in its browser', async () => {
    const { own } = await passkeyHolder(app, 'stands-still');
    const other = await app.person('other');
    const passkey = own.use(await optionsFor(other), { counter: 1 });
    expect((await logInByPasskey(other, passkey)).status).toBe(422);
    expect(await other.whoami()).toBe('other');
  });
});

describe('where everybody must have a second factor', () => {
  useApp({ SECOND_FACTOR: 'required' });

  it('a login by passkey that is overtaken by a first app sets up none in its place', async () => {
    const own = softDevice(app);
    const person = app.visitor();
    await registerByPasskey(person, 'sets-up', own, { flags: TOUCHED });
    const visitor = app.visitor();
    const passkey = own.use(await optionsFor(visitor), { flags: TOUCHED });
    overtake(() => setUp(app, person, SET_UP));
    await logInByPasskey(visitor, passkey);
    expect(await person.whoami()).toBe('sets-up');
    expect((await visitor.get(SET_UP)).location).toBe('/login');
  });
});
