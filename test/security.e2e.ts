import { allRoutes } from './support/routes.js';
import { startApp, type TestApp } from './support/app.js';
import { PASSWORD, type Visitor } from './support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const SETTINGS = { username: 'changed', name: 'changed' };

async function person(name: string): Promise<Visitor> {
  const visitor = app.visitor();
  expect((await visitor.register(name)).status).toBe(303);
  return visitor;
}

describe('the route table', () => {
  it('AZ-01 no route but the public ones answers a stranger', async () => {
    const open = [
      '/',
      '/health/live',
      '/health/ready',
      '/register',
      '/login',
      '/logout',
      '/users/:page',
      '/oauth/:provider',
      '/oauth/:provider/callback',
      '/connect',
      '/connect/new',
      '/connect/cancel',
      '/development/oauth',
      '/development/oauth/:provider',
    ];
    const closed = ['POST /logout', 'POST /connect'];
    for (const { method, path } of allRoutes(app.nest)) {
      const stranger = app.visitor();
      const token = await stranger.token('/login');
      const body = method === 'POST' ? { _csrf: token } : undefined;
      const answer = await stranger.send(method, path, body ? { body } : {});
      if (open.includes(path) && !closed.includes(`${method} ${path}`)) {
        expect(answer.location ?? '').not.toContain('/login?next');
      } else {
        expect([method, path, answer.status, answer.location]).toEqual([
          method,
          path,
          303,
          `/login?next=${encodeURIComponent(path)}`,
        ]);
      }
      const json = await stranger.get('/settings', { headers: { accept: 'application/json' } });
      expect(json.status).toBe(401);
    }
  });

  it('CS-01 every POST without its token is refused and changes nothing', async () => {
    const victim = await person('csrf-victim');
    const other = await app.visitor().token('/login');
    const before = await app.users();
    const posts = allRoutes(app.nest).filter(({ method }) => method !== 'GET');
    expect(posts.length).toBeGreaterThanOrEqual(7);
    for (const { method, path } of posts) {
      const fields = { ...SETTINGS, identifier: 'x', currentPassword: PASSWORD };
      const token = await victim.token('/settings');
      const send = (body: string | Record<string, string>, headers = {}) =>
        victim.send(method, path, { body, headers });
      expect((await send(fields)).status).toBe(403);
      expect((await send({ ...fields, _csrf: '' })).status).toBe(403);
      expect((await send({ ...fields, _csrf: other })).status).toBe(403);
      expect((await victim.send(method, `${path}?_csrf=${token}`, { body: fields })).status).toBe(
        403,
      );
      for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
        const answer = await send(JSON.stringify({ ...fields, _csrf: token }), {
          'content-type': type,
        });
        expect(answer.status).toBe(415);
      }
    }
    expect(await app.users()).toEqual(before);
    expect(await victim.whoami()).toBe('csrf-victim');
  });

  it('CS-02 no GET and no HEAD changes anything', async () => {
    const visitor = await person('reader');
    const before = await app.users();
    for (const { path } of allRoutes(app.nest)) {
      for (const method of ['GET', 'HEAD']) {
        expect((await visitor.send(method, path)).status).toBeLessThan(500);
      }
    }
    expect(await app.users()).toEqual(before);
    expect(await visitor.whoami()).toBe('reader');
  });

  it('HD-06 a method that a path does not take is refused, overrides are ignored', async () => {
    const visitor = await person('verbs');
    for (const method of ['PUT', 'DELETE', 'PROPFIND', 'PATCH']) {
      expect((await visitor.send(method, '/settings')).status).toBe(405);
    }
    const answer = await visitor.get('/settings?_method=DELETE', {
      headers: { 'x-http-method-override': 'POST' },
    });
    expect(answer.status).toBe(200);
    expect((await visitor.send('PUT', '/nowhere')).status).toBe(404);
  });
});

describe('where a request comes from', () => {
  it('CS-07 Sec-Fetch-Site decides where it is sent, Origin where it is not', async () => {
    const visitor = await person('origins');
    const statusWith = async (headers: Record<string, string>) => {
      const _csrf = await visitor.token('/settings');
      const body = { _csrf, username: 'origins', name: 'x' };
      return (await visitor.send('POST', '/settings', { body, headers })).status;
    };
    // Node's fetch adds a Sec-Fetch-Mode of its own but neither of the two that decide.
    expect(await statusWith({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusWith({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await statusWith({ origin: 'https://evil.example' })).toBe(403);
    expect(await statusWith({ origin: 'null' })).toBe(403);
    expect(await statusWith({})).toBe(303);
    expect(await statusWith({ origin: 'null', 'sec-fetch-site': 'same-origin' })).toBe(303);
  });

  it('CS-03 a login or a registration from another site signs nobody in', async () => {
    await person('attacker');
    const visitor = app.visitor();
    const headers = { 'sec-fetch-site': 'cross-site' };
    const body = { identifier: 'attacker', password: PASSWORD };
    expect((await visitor.send('POST', '/login', { body, headers })).status).toBe(403);
    expect((await visitor.send('POST', '/register', { body, headers })).status).toBe(403);
    expect(await visitor.whoami()).toBeNull();
  });

  it('shows an old form of our own again with what was typed, and no password', async () => {
    const visitor = app.visitor();
    const body = { _csrf: 'old', identifier: 'typed-name', password: 'typed password' };
    const own = await visitor.send('POST', '/login', {
      body,
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    expect(own.status).toBe(403);
    expect(own.text).toContain('This page was open for a long time');
    expect(own.html).toContain('value="typed-name"');
    expect(own.html).not.toContain('typed password');
    const foreign = await visitor.send('POST', '/login', { body });
    expect(foreign.status).toBe(403);
    expect(foreign.html).not.toContain('typed-name');
  });

  it('HD-05 gives no other origin leave to read', async () => {
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await app
        .visitor()
        .send(method, '/login', { headers: { origin: 'https://evil.example' } });
      expect(
        [...answer.headers.keys()].filter((name) => name.startsWith('access-control')),
      ).toEqual([]);
    }
  });
});

describe('sessions', () => {
  it('SE-01 a session id from before the login is worth nothing after it', async () => {
    await person('fixed');
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
    const visitor = await person('first-user');
    const old = await visitor.token('/settings');
    await person('second-user');
    await visitor.send('POST', '/login', {
      body: { _csrf: old, identifier: 'second-user', password: PASSWORD },
    });
    expect(await visitor.whoami()).toBe('second-user');
    const answer = await visitor.send('POST', '/settings', { body: { _csrf: old, ...SETTINGS } });
    expect(answer.status).toBe(403);
    expect(await visitor.whoami()).toBe('second-user');
  });

  it('SE-05 a copied cookie is dead after the log-out', async () => {
    const visitor = await person('logs-out');
    const token = await visitor.token('/settings');
    const thief = visitor.copy();
    await visitor.logout();
    expect(await thief.whoami()).toBeNull();
    const post = await thief.send('POST', '/settings', { body: { _csrf: token, ...SETTINGS } });
    expect([303, 403]).toContain(post.status);
    expect((await app.users()).some((user) => user['username'] === 'changed')).toBe(false);
  });

  it('SE-07, SE-03 a new password ends the other sessions and gives this one a new id', async () => {
    const first = await person('many-devices');
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
    const first = await person('deleted');
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
      const visitor = await person(`broken-${index}`);
      const user = (await app.users()).find((each) => each['username'] === `broken-${index}`);
      await app.db
        .collection('sessions')
        .updateOne({ userId: String(user?.['_id']) }, { $set: change });
      expect((await visitor.get('/')).status).toBe(200);
      expect(await visitor.whoami()).toBeNull();
    }
  });

  it('LE-03 a copy of the database holds no usable session', async () => {
    const visitor = await person('at-rest');
    const cookie = decodeURIComponent(visitor.cookies.get('session') ?? '');
    const id = cookie.slice(2).split('.')[0] ?? 'none';
    expect(id).toHaveLength(32);
    const dump = JSON.stringify(await app.db.collection('sessions').find().toArray());
    expect(dump).not.toContain(id);
  });
});

describe('guessing passwords', () => {
  it('EN-01 says the same of a wrong password and of nobody', async () => {
    await person('exists');
    const masked = async (name: string) => {
      const answer = await app.visitor().login(name, 'wrong password');
      const headers = [...answer.headers.keys()].toSorted();
      return [
        answer.status,
        headers,
        answer.html.replaceAll(name, 'NAME').replace(/value="[0-9a-f]{64}"/g, ''),
      ];
    };
    expect(await masked('exists')).toEqual(await masked('absent'));
    const length = await app.visitor().login('exists', 'x'.repeat(300));
    expect(length.status).toBe(422);
  });

  it('BF-01, BF-02, BF-04, BF-07 the account has one counter for all addresses and spellings, and the owner stays in', async () => {
    const owner = await person('guessed');
    const spellings = ['guessed', 'GUESSED', ' guessed ', 'ｇｕｅｓｓｅｄ', 'guessed@example.com'];
    for (const name of spellings) {
      expect((await app.visitor().login(name, 'wrong password')).status).toBe(422);
    }
    const blocked = await app.visitor().login('Guessed@EXAMPLE.com');
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(blocked.text).toContain('There were too many tries');
    expect(await owner.whoami()).toBe('guessed');
    await owner.logout();
    expect((await owner.login('guessed')).location).toBe('/');
  });

  it('BF-03, NW-03 an address has a limit over all accounts, an IPv6 network counting as one', async () => {
    const statuses: number[] = [];
    for (let guess = 0; guess < 32; guess++) {
      const visitor = app.visitor(`2001:db8:7:7::${guess.toString(16)}`);
      statuses.push((await visitor.login(`sprayed-${guess}`, 'wrong password')).status);
    }
    expect(statuses.slice(0, 30)).toEqual(Array(30).fill(422));
    expect(statuses.slice(30)).toEqual([429, 429]);
  });

  it('BF-08, IN-02 a repeated or bracketed field is refused before anything is tried', async () => {
    const visitor = await person('plain-fields');
    const _csrf = await visitor.token('/settings');
    for (const body of [
      `_csrf=${_csrf}&username=a&username=b`,
      `_csrf=${_csrf}&username[$ne]=x`,
      `_csrf=${_csrf}&username[]=x`,
      `_csrf=${_csrf}&a.b=x`,
      `_csrf=${_csrf}&__proto__=x&constructor=y`,
    ]) {
      expect((await visitor.send('POST', '/settings', { body })).status).toBe(400);
    }
    expect((await visitor.get('/login?next=a&next=b')).status).toBe(400);
    expect(await visitor.whoami()).toBe('plain-fields');
  });

  it('BF-09 the other password doors have the same limit', async () => {
    const visitor = await person('doors');
    const statuses: number[] = [];
    for (const path of ['/settings/delete', '/settings/email', '/settings/password']) {
      for (let guess = 0; guess < 2; guess++) {
        const answer = await visitor.submit(path, {
          currentPassword: `wrong password ${guess}`,
          email: 'doors2@example.com',
          newPassword: 'four louder harbours',
          newPasswordAgain: 'four louder harbours',
        });
        statuses.push(answer.status);
      }
    }
    expect(statuses).toEqual([422, 422, 422, 422, 422, 429]);
  });

  it('BF-12 registrations have a limit for each address', async () => {
    const address = '203.0.113.9';
    const statuses: number[] = [];
    const visitor = app.visitor(address);
    for (let guess = 0; guess < 62; guess++) {
      statuses.push(
        (await visitor.register('taken', { password: 'password', passwordAgain: 'password' }))
          .status,
      );
    }
    expect(statuses.slice(0, 60).every((status) => status === 422)).toBe(true);
    expect(statuses.slice(60)).toEqual([429, 429]);
  });
});

describe('races', () => {
  it('RC-01 of 50 registrations of one name at once, one wins and 49 are told', async () => {
    const visitors = Array.from({ length: 50 }, () => app.visitor());
    const tokens = await Promise.all(visitors.map((visitor) => visitor.token('/register')));
    const answers = await Promise.all(
      visitors.map((visitor, index) =>
        visitor.send('POST', '/register', {
          body: {
            _csrf: tokens[index] ?? '',
            email: `racer${index}@example.com`,
            username: index % 2 ? 'Racer' : 'racer',
            name: 'Racer',
            password: PASSWORD,
            passwordAgain: PASSWORD,
          },
        }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(1);
    expect(statuses.filter((status) => status === 422)).toHaveLength(49);
    const racers = (await app.users()).filter((user) => user['usernameCanonical'] === 'racer');
    expect(racers).toHaveLength(1);
  });

  it('RC-08 of two password changes at once, one wins and no other session lives', async () => {
    const first = await person('two-changes');
    const second = app.visitor();
    await second.login('two-changes');
    const change = (visitor: Visitor, newPassword: string) =>
      visitor.submit('/settings/password', {
        currentPassword: PASSWORD,
        newPassword,
        newPasswordAgain: newPassword,
      });
    const answers = await Promise.all([
      change(first, 'the first new phrase'),
      change(second, 'the second new phrase'),
    ]);
    const winners = answers.filter(({ status }) => status === 303);
    expect(winners).toHaveLength(1);
    const alive = [await first.whoami(), await second.whoami()].filter((name) => name !== null);
    expect(alive).toHaveLength(1);
  });

  it('RC-12 a deletion and logins at once leave no session behind', async () => {
    const visitor = await person('vanishing');
    const user = (await app.users()).find((each) => each['username'] === 'vanishing');
    await Promise.all([
      ...Array.from({ length: 4 }, () => app.visitor().login('vanishing')),
      visitor.submit('/settings/delete', { currentPassword: PASSWORD }),
    ]);
    expect(
      await app.db.collection('sessions').countDocuments({ userId: String(user?.['_id']) }),
    ).toBe(0);
    expect((await app.users()).some((each) => each['username'] === 'vanishing')).toBe(false);
  });
});

describe('input', () => {
  it('IN-01 operators in queries and JSON find and change nothing', async () => {
    const before = await app.users();
    for (const path of ['/login?next[$ne]=x', '/users/login?a[$gt]=', '/settings?x[$regex]=.*']) {
      expect((await app.visitor().get(path)).status).toBe(400);
    }
    const answer = await app.visitor().send('POST', '/login', {
      body: '{"identifier":{"$ne":null},"password":{"$ne":null}}',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(415);
    expect(await app.users()).toEqual(before);
  });

  it('IN-04 fields that the form does not have are not stored', async () => {
    const visitor = app.visitor();
    await visitor.register('assigner', {
      role: 'admin',
      passwordHash: 'x',
      identities: 'x',
      emailProvedAt: '2020-01-01',
      sessionEpoch: '99',
    });
    const user = (await app.users()).find((each) => each['username'] === 'assigner');
    expect(Object.keys(user ?? {}).toSorted()).toEqual([
      '_id',
      'createdAt',
      'email',
      'emailCanonical',
      'identities',
      'name',
      'passwordChangedAt',
      'passwordHash',
      'sessionEpoch',
      'username',
      'usernameCanonical',
    ]);
    expect(user).toMatchObject({ sessionEpoch: 0, identities: [] });
    expect(user?.['passwordHash']).toMatch(/^\$bcrypt-hmac-sha384\$/);
  });

  it('IN-06, XS-01 what is typed stays text', async () => {
    const visitor = await person('canary');
    const name = '<script>alert(1)</script>{{7*7}}"onload=x';
    await visitor.submit('/settings', { username: 'canary', name });
    for (const path of ['/', '/settings']) {
      const page = await visitor.get(path);
      expect(page.html).not.toContain('<script>alert');
      expect(page.html).toContain('{{7*7}}');
    }
  });

  it('IN-08, PW-05 a body that is too large is refused', async () => {
    const visitor = app.visitor();
    expect((await visitor.login('anybody', 'x'.repeat(1_000_000))).status).toBe(413);
    const many = Array.from({ length: 1100 }, (_, index) => `a${index}=1`).join('&');
    expect((await visitor.send('POST', '/login', { body: many })).status).toBe(413);
  });

  it('IN-09 malformed paths and charsets get a plain page', async () => {
    expect((await app.visitor().get('/users/%E0%A4%A')).status).toBe(400);
    const answer = await app.visitor().send('POST', '/login', {
      body: 'a=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-7' },
    });
    expect(answer.status).toBe(415);
  });

  it('IN-12 a login never leads to another site', async () => {
    await person('redirected');
    for (const next of [
      '//evil.example',
      '/\\evil',
      'https:evil',
      '/.//evil',
      'javascript:alert(1)',
      '/a\tb',
    ]) {
      const answer = await app.visitor().login('redirected', PASSWORD, { next });
      expect([answer.status, answer.location]).toEqual([303, '/']);
    }
    const good = await app.visitor().login('redirected', PASSWORD, { next: '/settings?x=1' });
    expect(good.location).toBe('/settings?x=1');
  });
});

describe('headers and answers', () => {
  it('HD-01, HD-02, HD-04 every kind of answer has the policy and is not stored', async () => {
    const visitor = await person('headers');
    const paths = ['/', '/settings', '/nowhere', '/login', '/users/login'];
    for (const path of paths) {
      const { headers } = await visitor.get(path);
      const policy = headers.get('content-security-policy') ?? '';
      for (const part of [
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
      ]) {
        expect(policy).toContain(part);
      }
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('cache-control')).toContain('no-store');
    }
    const page = await visitor.get('/');
    const asset = /\/assets\/app\.[0-9a-f]+\.css/.exec(page.html)?.[0] ?? '';
    const stylesheet = await app.visitor().get(asset);
    expect(stylesheet.headers.get('cache-control')).toContain('immutable');
    expect(stylesheet.headers.getSetCookie()).toEqual([]);
  });

  it('ST-01 there is nothing to find beside the pages', async () => {
    const paths = [
      '/.env',
      '/.git/HEAD',
      '/package.json',
      '/assets/',
      '/assets/..%2f..%2f.env',
      '/assets/%2e%2e/.env',
      '/metrics',
      '/app.css.map',
      '/%00',
    ];
    for (const path of paths) {
      expect([400, 404]).toContain((await app.visitor().get(path)).status);
    }
  });

  it('AZ-02 a path in disguise meets the same guard', async () => {
    for (const path of [
      '/SETTINGS',
      '//settings',
      '/settings/',
      '/%73ettings',
      '/settings;x',
      '/settings%2f',
    ]) {
      const answer = await app.visitor().get(path);
      expect([303, 404]).toContain(answer.status);
      expect(answer.html).not.toContain('name="username"');
    }
  });

  it('LE-01 neither pages nor the log hold a hash, a token or a session id', async () => {
    const visitor = await person('secretive');
    const pages = await Promise.all(
      ['/', '/settings', '/settings/email', '/settings/password', '/settings/delete'].map((path) =>
        visitor.get(path),
      ),
    );
    const session = decodeURIComponent(visitor.cookies.get('session') ?? 'none').slice(2, 34);
    const seen = pages.map(({ html }) => html).join('') + app.log.join('');
    for (const secret of ['$2b$', '$bcrypt', 'mongodb://', PASSWORD, session, 'dist/src']) {
      expect(seen).not.toContain(secret);
    }
    expect(app.log.join('')).toContain('registered');
  });
});
