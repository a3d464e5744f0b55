import { MINUTE } from '../../src/core/clock.js';
import { startApp, type TestApp } from '../support/app.js';
import { setUp } from '../support/authenticator.js';
import {
  addPasskey,
  logInByPasskey as logIn,
  optionsFor,
  optionsOn,
  passkeyHolder,
  registerByPasskey,
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

/** All that is stored of people but when their sessions were last seen. */
const accounts = async () => (await app.users()).map((user) => ({ ...user, sessions: null }));

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

  it('PK-01, RC-07 is good for one of twenty at once, though the passkey counts nothing', async () => {
    const [person, own] = [await app.person('counts-nothing'), device()];
    const made = own.make(await optionsOn(person, ADD), { counter: 0 });
    expect((await person.submit(ADD, { passkey: made })).location).toBe(PASSKEYS);
    const visitor = app.visitor();
    const passkey = own.use(await optionsFor(visitor), { counter: 0 });
    const racers = Array.from({ length: 20 }, () => visitor.copy());
    const answers = await Promise.all(racers.map((each) => logIn(each, passkey)));
    expect(answers.filter(({ location }) => location === '/')).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(19);
    const names = await Promise.all(racers.map((each) => each.whoami()));
    expect(names.filter((name) => name === 'counts-nothing')).toHaveLength(1);
    const again = app.visitor();
    const next = own.use(await optionsFor(again), { counter: 0 });
    expect((await logIn(again, next)).location).toBe('/');
  });

  it('PK-01 has a cookie of its own: its answer, after a form’s, brings no older id of the browser', async () => {
    const visitor = app.visitor();
    const asked = await visitor.copy().send('POST', '/login/passkey/options', { body: {} });
    const names = asked.headers.getSetCookie().map((cookie) => cookie.split('=')[0]);
    expect(names).toEqual(['test-browser-script']);
  });

  it('is given so many times to one person, whose page that is open stays good', async () => {
    const person = await app.person('reloads');
    const options = await optionsOn(person, ADD);
    const kept = () => app.db.collection('one-time').countDocuments({ purpose: 'passkey add' });
    const before = await kept();
    let [loads, status] = [0, 200];
    while (status === 200 && loads++ < 100) ({ status } = await person.get(ADD));
    expect(status).toBe(429);
    expect((await kept()) - before).toBeLessThan(60);
    await holder('adds-one');
    const body = { _csrf: await person.token(PASSKEYS), passkey: device().make(options) };
    expect((await person.send('POST', ADD, { body })).location).toBe(PASSKEYS);
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

  it.each<[string, Wrong]>([
    ['made at another site', { origin: 'https://evil.example' }],
    ['made for another host', { rpId: 'evil.example' }],
    ['of the other ceremony', { type: 'webauthn.get' }],
    ['of a challenge that nobody was given', { challenge: 'A'.repeat(43) }],
    ['that nobody was there for', { flags: 4 }],
    ['that is copied and can’t be', { flags: 1 | 4 | 16 }],
    ['of a kind of key that was not asked for', { algorithm: 'ES512' }],
  ])('PK-02 %s is not added, and the honest one is', async (_, wrong) => {
    const username = `adds-wrong-${++adding}`;
    const person = await app.person(username);
    const refused = await person.submit(ADD, {
      passkey: device().make(await optionsOn(person, ADD), wrong),
    });
    expect(refused.status).toBe(422);
    expect(await storedPasskeys(username)).toEqual([]);
    expect((await add(person)).location).toBe(PASSKEYS);
  });

  let adding = 0;

  it('PK-01 is made for its challenge once, in the session that was given it', async () => {
    const [one, other] = [await app.person('adds-once'), await app.person('adds-never')];
    const passkey = device().make(await optionsOn(one, ADD));
    expect((await other.submit(ADD, { passkey })).status).toBe(422);
    expect((await one.submit(ADD, { passkey })).location).toBe(PASSKEYS);
    expect((await one.submit(ADD, { passkey })).status).toBe(422);
    expect(await storedPasskeys('adds-once')).toHaveLength(1);
    expect(await storedPasskeys('adds-never')).toEqual([]);
  });

  it('PK-04 is nobody’s already in a registration, either', async () => {
    const { own } = await holder('first-of-key');
    const visitor = app.visitor();
    const refused = await registerByPasskey(visitor, 'second-of-key', device(own.id));
    expect([refused.status, await visitor.whoami()]).toEqual([422, null]);
    expect(await app.user('second-of-key')).toBeNull();
    const phone = app.visitor();
    expect((await logIn(phone, own.use(await optionsFor(phone)))).location).toBe('/');
    expect(await phone.whoami()).toBe('first-of-key');
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

describe('a passkey of another person', () => {
  const handleOn = async (visitor: Visitor) =>
    /passkeys\/([\w-]+)\/remove/.exec((await visitor.get(PASSKEYS)).html)?.[1] ?? '';

  it('LK-07 is "not found", as is every id that is none, and stays as it is', async () => {
    const { person: victim, own: theirs } = await holder('not-yours');
    const { person: thief, own } = await holder('takes-all');
    const [foreign, kept] = [await handleOn(victim), await handleOn(thief)];
    expect(foreign).not.toBe(kept);
    const before = await accounts();
    for (const handle of [
      foreign,
      theirs.id,
      own.id,
      foreign.toUpperCase(),
      `${foreign}%00`,
      `${kept}.`,
      '$ne',
      '__proto__',
      '%5B%5D',
      'x'.repeat(4000),
    ]) {
      for (const [step, fields] of Object.entries({ '/remove': {}, '': { name: 'Mine' } })) {
        const answer = await thief.submit(PASSKEYS, fields, `${PASSKEYS}/${handle}${step}`);
        expect([handle, step, answer.status]).toEqual([handle, step, 404]);
      }
    }
    // The id is that of the address: a form that names another, or many, is not asked.
    const body = { passkey: foreign, handle: foreign, id: foreign };
    const named = await thief.submit(PASSKEYS, body, `${PASSKEYS}/none/remove`);
    expect(named.status).toBe(404);
    const many = await thief.submit(PASSKEYS, { 'passkey[]': foreign }, `${PASSKEYS}/none/remove`);
    expect([400, 404]).toContain(many.status);
    expect(await accounts()).toEqual(before);
    expect((await thief.get(`${PASSKEYS}/${foreign}`)).status).toBe(404);
    const phone = app.visitor();
    expect((await logIn(phone, theirs.use(await optionsFor(phone)))).location).toBe('/');
    expect((await thief.submit(PASSKEYS, {}, `${PASSKEYS}/${kept}/remove`)).location).toBe(
      PASSKEYS,
    );
  });

  it('LK-07 pressed a second time tells that it is removed already', async () => {
    const { person } = await holder('presses-twice');
    const action = `${PASSKEYS}/${await handleOn(person)}/remove`;
    await person.submit(PASSKEYS, {}, action);
    const again = await person.submit(PASSKEYS, {}, action);
    expect([again.status, again.text]).toEqual([404, expect.stringContaining('removed already')]);
    expect(again.html).toContain(`href="${PASSKEYS}"`);
  });
});

describe('whether somebody has a passkey', () => {
  it('EN-06 is told by no options of a login, whoever is named in the request', async () => {
    const { own } = await holder('has-a-passkey');
    await app.person('has-a-password');
    const names = ['has-a-passkey', 'HAS-A-PASSKEY@example.com', 'has-a-password', 'has-nothing'];
    const seen: object[] = [];
    for (const name of [...names, '']) {
      const body = { identifier: name, username: name, userHandle: name, id: own.id };
      const answer = await app.visitor().send('POST', '/login/passkey/options', { body });
      const { challenge, ...options } = JSON.parse(answer.html) as { challenge: string };
      expect(Buffer.from(challenge, 'base64url')).toHaveLength(24);
      const headers = [...answer.headers.keys()].toSorted();
      seen.push({ status: answer.status, keys: Object.keys(options), options, headers });
    }
    expect(seen).toEqual(seen.map(() => seen[0]));
    expect(seen[0]).toMatchObject({
      status: 200,
      options: { allowCredentials: [], rpId: 'localhost' },
    });
  });

  it('EN-06 is told by no page before the login, and by that of the second step after the password alone', async () => {
    const { person, own } = await holder('asked-for-key');
    await setUp(app, person);
    const visitor = app.visitor();
    for (const path of ['/login', '/register/passkey', '/login/second-step/passkey']) {
      expect((await visitor.get(path)).html).not.toContain(own.id);
    }
    const wrong = await visitor.login('asked-for-key', 'wrong password');
    expect(wrong.html).not.toContain(own.id);
    expect((await visitor.get('/login/second-step/passkey')).status).toBe(303);
    // The positive control: whoever has shown the first factor needs the id.
    await visitor.login('asked-for-key');
    expect((await visitor.get('/login/second-step/passkey')).html).toContain(own.id);
  });

  it('EN-06 is told by no options of a registration, taken as the name or the address may be', async () => {
    const { own } = await holder('registered-key');
    const seen: object[] = [];
    for (const name of ['registered-key', 'no-such-name']) {
      const visitor = app.visitor();
      const names = { username: name, email: `${name}@example.com`, name: '' };
      await visitor.send('POST', '/register/passkey', { body: names });
      const page = await visitor.get('/register/passkey/create');
      expect(page.html).not.toContain(own.id);
      const options = page.html.includes('data-options')
        ? await optionsOn(visitor, '/register/passkey/create')
        : {};
      seen.push(options);
    }
    for (const options of seen) expect(options).not.toHaveProperty('excludeCredentials.0');
  });
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
