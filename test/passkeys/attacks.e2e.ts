import { MINUTE } from '../../src/core/clock.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  addPasskey,
  logInByPasskey as logIn,
  optionsFor,
  optionsOn,
  passkeyHolder,
  softDevice,
} from '../support/passkeys.js';
import type { Wrong } from '../support/soft-authenticator.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

const PASSKEYS = '/settings/security/passkeys';
const ADD = `${PASSKEYS}/add`;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

let people = 0;

const device = (id?: string) => softDevice(app, id);
const holder = (username: string) => passkeyHolder(app, username);
const add = (visitor: Visitor, own = device()) => addPasskey(visitor, own);

async function storedPasskeys(username: string): Promise<Record<string, unknown>[]> {
  return ((await app.user(username))?.['passkeys'] ?? []) as Record<string, unknown>[];
}

describe('a challenge', () => {
  it('PK-01 is at least 16 random bytes, and opens the account once', async () => {
    const { own } = await holder('once');
    const visitor = app.visitor();
    const options = await optionsFor(visitor);
    expect(Buffer.from(options.challenge, 'base64url').length).toBeGreaterThanOrEqual(16);
    const passkey = own.use(options);
    expect((await logIn(visitor, passkey)).location).toBe('/');
    expect(await visitor.whoami()).toBe('once');
    await visitor.logout();
    const again = await logIn(visitor, passkey);
    expect(again.status).toBe(422);
    expect(again.text).toContain('used this page twice');
    expect(await visitor.whoami()).toBeNull();
  });

  it('PK-01 is refused from another browser, after five minutes, and when it was never given', async () => {
    const { own } = await holder('bound');
    const visitor = app.visitor();
    const other = app.visitor();
    await optionsFor(other);
    const stolen = own.use(await optionsFor(visitor));
    expect((await logIn(other, stolen)).status).toBe(422);
    const late = own.use(await optionsFor(visitor));
    app.advance(5 * MINUTE + 1);
    expect((await logIn(visitor, late)).status).toBe(422);
    const invented = { ...(await optionsFor(visitor)), challenge: 'A'.repeat(32) };
    expect((await logIn(visitor, own.use(invented))).status).toBe(422);
    expect(await visitor.whoami()).toBeNull();
    expect(await other.whoami()).toBeNull();
    // The honest one still does it.
    expect((await logIn(visitor, own.use(await optionsFor(visitor)))).location).toBe('/');
  });

  it('PK-01 of one ceremony is none of another', async () => {
    const { person, own } = await holder('purposes');
    const visitor = app.visitor();
    const ofAdding = await optionsOn(person, ADD);
    expect((await logIn(visitor, own.use({ ...ofAdding, rpId: 'localhost' }))).status).toBe(422);
    const ofLogin = await optionsFor(person);
    const confirm = await person.submit(
      '/settings/confirm',
      { passkey: own.use(ofLogin) },
      '/settings/confirm/passkey',
    );
    expect(confirm.status).toBe(422);
  });
});

describe('an assertion', () => {
  it.each<[string, Wrong]>([
    ['made at another site', { origin: 'https://evil.example' }],
    ['made for another host', { rpId: 'evil.example' }],
    ['of the other ceremony', { type: 'webauthn.create' }],
    ['that nobody was there for', { flags: 4 }],
    ['of a passkey that can be copied by now', { flags: 1 | 4 | 8 }],
    ['that is copied and can’t be', { flags: 1 | 4 | 16 }],
    ['signed by another key', { forged: true }],
    ['for another account', { userHandle: Buffer.alloc(32).toString('base64url') }],
    ['for no account', { userHandle: null }],
    ['whose counter stands still', { counter: 1 }],
    ['whose counter went back to nothing', { counter: 0 }],
  ])('PK-02 %s is refused, and the honest one is not', async (_, wrong) => {
    const username = `wrong-${++people}`;
    const { own } = await holder(username);
    const visitor = app.visitor();
    const refused = await logIn(visitor, own.use(await optionsFor(visitor), wrong));
    expect(refused.status).toBe(422);
    expect(await visitor.whoami()).toBeNull();
    expect(app.log.join('\n')).toMatch(/"login-failed"|login-failed/);
    expect((await logIn(visitor, own.use(await optionsFor(visitor)))).location).toBe('/');
    expect(await visitor.whoami()).toBe(username);
  });

  it('PK-02 of two with the same counter at once opens the account to one', async () => {
    const { own } = await holder('at-once');
    const visitors = [app.visitor(), app.visitor()];
    const passkeys = await Promise.all(
      visitors.map(async (each) => own.use(await optionsFor(each), { counter: 9 })),
    );
    const answers = await Promise.all(visitors.map((each, i) => logIn(each, passkeys[i] ?? '')));
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['303', '422']);
  });

  it.each([
    '',
    'null',
    '[]',
    '{"id":1}',
    '{"id":"a","response":{"clientDataJSON":"!"}}',
    // What the browser signed is the text "null".
    '{"id":"a","response":{"clientDataJSON":"bnVsbA"}}',
    'x',
  ])('PK-02 that is none is told in a sentence: %s', async (passkey) => {
    const visitor = app.visitor();
    await optionsFor(visitor);
    expect((await logIn(visitor, passkey)).status).toBe(422);
  });

  it('PK-03 of another person confirms nothing', async () => {
    const { own } = await holder('victim');
    const { person } = await holder('attacker');
    const options = await optionsFor(person, '/settings/confirm/passkey/options');
    const refused = await person.submit(
      '/settings/confirm',
      { passkey: own.use({ ...options, rpId: 'localhost' }) },
      '/settings/confirm/passkey',
    );
    expect(refused.status).toBe(422);
    expect(app.log.join('\n')).toContain('reauthentication-failed');
  });
});

describe('a passkey that is added', () => {
  it('PK-04 is nobody’s already, and gets a handle that says nothing', async () => {
    const { own, person } = await holder('owner-of-key');
    const thief = await app.person('thief-of-key');
    const copy = device(own.id);
    const refused = await add(thief, copy);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('This passkey is in use already.');
    expect(await storedPasskeys('thief-of-key')).toEqual([]);
    const handle = String((await app.user('owner-of-key'))?.['passkeyUserHandle']);
    expect(Buffer.from(handle, 'base64url')).toHaveLength(32);
    // Neither is the handle of another account taken from what a browser sends.
    const { user } = await optionsOn(person, ADD);
    expect(user?.id).toBe(handle);
    expect((await optionsOn(thief, ADD)).user?.id).not.toBe(handle);
  });

  it.each<[string, unknown, readonly string[]]>([
    ['names of a kind that nobody knows', ['internal', 'by-pigeon'], ['internal', 'by-pigeon']],
    ['what is no name', ['usb', { $ne: 1 }, null, ['nfc'], 'x'.repeat(500)], ['usb']],
    ['no list', { 0: 'usb' }, []],
    ['a text', 'usb', []],
  ])('IN-02 keeps of what a browser says of transports the names: %s', async (_, sent, kept) => {
    const username = `transports-${++people}`;
    const person = await app.person(username);
    const made = JSON.parse(device().make(await optionsOn(person, ADD))) as { response: object };
    const passkey = JSON.stringify({ ...made, response: { ...made.response, transports: sent } });
    expect((await person.submit(ADD, { passkey })).location).toBe(PASSKEYS);
    expect(await storedPasskeys(username)).toMatchObject([{ transports: kept }]);
  });

  it('ends the other sessions, and a session that is not fresh adds none', async () => {
    const person = await app.person('ending');
    const other = app.visitor();
    await other.login('ending');
    const options = await optionsOn(person, ADD);
    app.advance(16 * MINUTE);
    const late = await person.get(ADD);
    expect(late.location).toBe(`/settings/confirm?next=${encodeURIComponent(ADD)}`);
    expect(await storedPasskeys('ending')).toEqual([]);
    await person.submit('/settings/confirm', { currentPassword: PASSWORD });
    // Its challenge is too old by now; the page gives a new one.
    const stale = await person.submit(ADD, { passkey: device().make(options) });
    expect(stale.status).toBe(422);
    expect((await add(person)).location).toBe(PASSKEYS);
    expect(await other.whoami()).toBeNull();
    expect(await person.whoami()).toBe('ending');
  });
});

it('EN-06 the options of a login are the same for everybody, and name no passkey', async () => {
  await holder('listed');
  const [one, other] = [await optionsFor(app.visitor()), await optionsFor(app.visitor())];
  expect({ ...one, challenge: '' }).toEqual({ ...other, challenge: '' });
  expect(one).toMatchObject({ allowCredentials: [], rpId: 'localhost' });
});

it('SU-01 a passkey goes after a fresh authentication alone, and the last way in never', async () => {
  const { person } = await holder('removing');
  const { html } = await person.get(PASSKEYS);
  const [, action = ''] = /action="([^"]+\/remove)"/.exec(html) ?? [];
  app.advance(16 * MINUTE);
  const asked = await person.submit(PASSKEYS, {}, action);
  expect(asked.location).toContain('/settings/confirm');
  expect(await storedPasskeys('removing')).toHaveLength(1);
  await person.submit('/settings/confirm', { currentPassword: PASSWORD });
  expect((await person.submit(PASSKEYS, {}, action)).location).toBe(PASSKEYS);
  expect(await storedPasskeys('removing')).toEqual([]);
});
