import { startApp, type TestApp } from '../support/app.js';
import { AUTHENTICATOR_STEP, twoStepPerson, typeTotp } from '../support/authenticator.js';
import { mailedTo, typeLoginCode } from '../support/login-mail.js';
import {
  logInByPasskey,
  optionsFor,
  optionsOn,
  passkeyHolder,
  softDevice,
} from '../support/passkeys.js';
import { recordOf, sessionsOf } from '../support/stored-sessions.js';
import { type Answer, PASSWORD, type Visitor } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ LOGIN_BY_MAIL: 'on' });
});
afterAll(() => app.close());

it('SE-01 a session id from before the login is worth nothing after it', async () => {
  await app.person('fixed');
  const attacker = await app.person('fixes');
  const visitor = attacker.copy();
  await visitor.login('fixed');
  expect(await visitor.whoami()).toBe('fixed');
  expect(visitor.cookies.get('test-session')).not.toBe(attacker.cookies.get('test-session'));
  expect(await attacker.whoami()).toBeNull();
});

describe('a browser in which somebody planted what theirs has', () => {
  type LogIn = (visitor: Visitor, username: string) => Promise<Answer>;
  const LOGINS: Record<string, LogIn> = {
    'a password': async (visitor, username) => {
      await app.person(username);
      return visitor.login(username);
    },
    'a second step': async (visitor, username) => {
      const { app: authenticator } = await twoStepPerson(app, username);
      await visitor.login(username);
      return typeTotp(visitor, authenticator.code());
    },
    'a passkey': async (visitor, username) => {
      const { own } = await passkeyHolder(app, username);
      return logInByPasskey(visitor, own.use(await optionsFor(visitor)));
    },
    'a mailed code': async (visitor, username) => {
      await app.owner(username);
      const { code } = await mailedTo(app, visitor, username);
      return typeLoginCode(visitor, code);
    },
    'a mailed link': async (visitor, username) => {
      await app.owner(username);
      const { link: mailed } = await mailedTo(app, visitor, username);
      return visitor.send('POST', mailed);
    },
    'a recovery': async (visitor, username) => {
      await app.owner(username);
      await visitor.submit('/recovery', { identifier: username });
      const text = (await app.mails(`${username}@example.com`)).at(-1)?.text ?? '';
      const path = /\/recovery\/new-password\?token=\S+/.exec(text)?.[0] ?? '';
      const next = { newPassword: PASSWORD, newPasswordAgain: PASSWORD };
      return visitor.submit(path, next, '/recovery/new-password');
    },
    'a registration with a passkey': async (visitor, username) => {
      const names = { username, email: `${username}@example.com`, name: '' };
      // Whoever is signed in is led away from the page: the forms are sent as they would stand there.
      await visitor.send('POST', '/register/passkey', { body: names });
      const options = await optionsOn(anonymous(visitor), '/register/passkey/create');
      const body = { passkey: softDevice(app).make(options) };
      return visitor.send('POST', '/register/passkey/create', { body });
    },
  };

  it.each(Object.entries(LOGINS))('SE-01 gets a session of its own by %s', async (way, logIn) => {
    const name = way.replaceAll(' ', '-');
    const attacker = await app.owner(`plants-${name}`);
    // What waits in a browser before a login is planted as well.
    await optionsFor(attacker);
    await mailedTo(app, attacker, `plants-${name}`);
    const visitor = attacker.copy();
    expect((await logIn(visitor, `victim-${name}`)).location).toBe('/');
    expect(await visitor.whoami()).toBe(`victim-${name}`);
    expect(visitor.cookies.get('test-session')).not.toBe(attacker.cookies.get('test-session'));
    expect(await attacker.whoami()).toBeNull();
    expect(await recordOf(app, attacker)).toBeNull();
  });

  it('SE-01 a login between the steps that somebody copied is spent by the one that goes on', async () => {
    const { app: authenticator } = await twoStepPerson(app, 'watched');
    const visitor = app.visitor();
    await visitor.login('watched');
    const attacker = visitor.copy();
    expect((await typeTotp(visitor, authenticator.code())).location).toBe('/');
    app.advance(30_000);
    expect((await typeTotp(attacker, authenticator.code())).location).toBe('/login');
    expect([await attacker.whoami(), await visitor.whoami()]).toEqual([null, 'watched']);
  });

  it('SE-01 a login between the steps that somebody planted goes on as nobody else', async () => {
    const { app: own } = await twoStepPerson(app, 'plants-a-login');
    const attacker = app.visitor();
    await attacker.login('plants-a-login');
    const visitor = attacker.copy();
    const { app: theirs } = await twoStepPerson(app, 'finds-a-login');
    await visitor.login('finds-a-login');
    expect((await typeTotp(visitor, theirs.code())).location).toBe('/');
    expect(await visitor.whoami()).toBe('finds-a-login');
    await typeTotp(attacker, own.code());
    expect(await attacker.whoami()).toBe('plants-a-login');
    expect(await visitor.whoami()).toBe('finds-a-login');
  });
});

describe('a cookie that we did not make', () => {
  it('SE-02 is never adopted, makes no record and no error', async () => {
    const owner = await app.person('cookie-owner');
    const good = owner.cookies.get('test-session') ?? '';
    const [userId = '', secret = ''] = good.split('.');
    const [id = ''] = await sessionsOf(app, 'cookie-owner');
    const users = await app.users();
    const values = [
      `${userId}.${'a'.repeat(32)}`,
      `${'0'.repeat(24)}.${secret}`,
      // The stored id, with and without what leads to the account.
      id,
      `${userId}.${id}`,
      `${userId}.${id.slice(0, 32)}`,
      userId,
      secret,
      `${userId}.`,
      `.${secret}`,
      good.slice(0, -1),
      `${good}x`,
      `${good}.${secret}`,
      good.toUpperCase(),
      `s%3A${good}`,
      'plain',
      'j:{}',
      's:j:{}',
      '%E0%A4%A',
      '%',
      '"',
      '',
      '__proto__',
      `${userId}.__proto__`,
      'x'.repeat(8192),
    ];
    for (const value of values) {
      for (const cookie of [
        `test-session=${value}`,
        `test-session=${value}; test-session=second`,
        `test-session=${good}; test-session=${value}`,
      ]) {
        for (const path of ['/', '/settings/profile']) {
          const answer = await app.visitor().get(path, { headers: { cookie } });
          expect([value, answer.status]).toEqual([value, path === '/' ? 200 : 303]);
          expect(answer.html).not.toContain('cookie-owner');
          for (const set of answer.headers.getSetCookie()) expect(set).toMatch(/^test-session=;/);
        }
      }
    }
    expect(await app.users()).toEqual(users);
    expect(await owner.whoami()).toBe('cookie-owner');
  });

  it.each([
    'pending-login',
    'trusted',
    'browser',
    'browser-script',
    'devices',
    'notices',
    'last-way',
  ])(
    'SE-02 is nothing as %s either: no step is left out, no record made and no error',
    async (kind) => {
      const username = `odd-${kind}`;
      await twoStepPerson(app, username);
      const id = String((await app.user(username))?.['_id']);
      const [users, records] = [await app.users(), await recordsOf('one-time')];
      const secret = 'a'.repeat(32);
      for (const value of [
        `${id}.${secret}`,
        `${id}.${secret}~${id}.${secret}`,
        `${'0'.repeat(24)}.${secret}`,
        `${id}.`,
        `.${secret}`,
        secret,
        'j:{}',
        '%E0%A4%A',
        '"',
        '',
        '__proto__',
        'x'.repeat(8192),
      ]) {
        for (const cookie of [
          `test-${kind}=${value}`,
          `test-${kind}=${value}; test-${kind}=${id}.${secret}`,
        ]) {
          const headers = { cookie };
          for (const [path, status] of [
            ['/', 200],
            ['/login', 200],
            ['/settings', 303],
            ['/login/second-step/authenticator', 303],
            ['/register/passkey/create', 303],
          ] as const) {
            const answer = await app.visitor().get(path, { headers });
            expect([value, path, answer.status]).toEqual([value, path, status]);
          }
          const body = { totp: '123456' };
          const options = { body, headers: { ...headers, 'sec-fetch-site': 'same-origin' } };
          const step = await app.visitor().send('POST', AUTHENTICATOR_STEP, options);
          expect([value, step.location]).toEqual([value, '/login']);
        }
      }
      expect(await app.users()).toEqual(users);
      expect(await recordsOf('one-time')).toBe(records);
      const body = { identifier: username, password: PASSWORD };
      const headers = { cookie: `test-${kind}=${id}.${secret}`, 'sec-fetch-site': 'same-origin' };
      const login = await app.visitor().send('POST', '/login', { body, headers });
      expect(login.location).toBe('/login/second-step');
    },
  );

  it('SE-02 does no harm among two hundred, and hides no good one', async () => {
    const owner = await app.person('crowded');
    const junk = Array.from({ length: 200 }, (_, index) => `c${index}=%E0%A4%A${'x'.repeat(20)}`);
    const cookie = [
      ...junk,
      `test-session=${owner.cookies.get('test-session')}`,
      'test-devices=%%%~~.',
    ].join('; ');
    const page = await app.visitor().get('/settings/profile', { headers: { cookie } });
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

it('SE-02 cookies of other programs on this host are left alone', async () => {
  const cookie =
    'session=1; latchkey-session=2; my-test-session=3; test-session-old=4; TEST-SESSION=5';
  const answer = await app.visitor().get('/login', { headers: { cookie } });
  expect(answer.headers.getSetCookie()).toEqual([]);
});

it('SE-10 a thousand visits leave nothing in the database and no cookie in a browser, forms included', async () => {
  const contents = async () => {
    const collections = await app.db.listCollections();
    const counts = collections.map(async ({ name }) => [
      name,
      await app.db.collection(name).countDocuments(),
    ]);
    return Object.fromEntries(await Promise.all(counts)) as object;
  };
  const home = await app.visitor().get('/');
  const assets = [...home.html.matchAll(/\/assets\/[^"]+/g)].map(([url]) => url);
  expect(assets.length).toBeGreaterThan(2);
  const paths = [
    '/',
    '/login',
    '/register',
    '/nowhere',
    '/health/live',
    '/health/ready',
    '/settings/profile',
    '/pending-link',
    '/oauth/google/callback?state=x&code=y',
    '/oauth/github/callback?error=access_denied',
    ...assets,
  ];
  // The mails of the registrations before are handed over.
  await app.mails('nobody@example.com');
  const before = await contents();
  for (let round = 0; round < 1000 / 20 / paths.length; round++) {
    const answers = await Promise.all(
      paths.flatMap((path) => Array.from({ length: 20 }, () => app.visitor().get(path))),
    );
    for (const { headers } of answers) expect(headers.getSetCookie()).toEqual([]);
  }
  expect(await contents()).toEqual(before);
});

/** The same browser without its session. */
function anonymous(visitor: Visitor): Visitor {
  const copy = visitor.copy();
  copy.cookies.delete('test-session');
  return copy;
}

function recordsOf(collection: string): Promise<number> {
  return app.db.collection(collection).countDocuments();
}
