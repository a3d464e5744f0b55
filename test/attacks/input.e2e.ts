import fc from 'fast-check';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { PasswordHasher } from '../../src/auth/passwords/password-hasher.js';
import { startApp, type TestApp } from '../support/app.js';
import { InterruptedHasher } from '../support/stand-ins.js';
import { RawClient, statusesIn } from '../support/raw.js';
import { allRoutes } from '../support/routes.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(PasswordHasher).useClass(InterruptedHasher),
  );
});
afterAll(() => app.close());

const NEXT = 'four louder harbours';

/** Every form, filled in well for the person signed in. */
const FORMS: Record<string, Record<string, string>> = {
  '/login': { identifier: 'nobody', password: PASSWORD },
  '/register': {
    email: 'formed@example.com',
    username: 'formed',
    name: 'Formed',
    password: PASSWORD,
    passwordAgain: PASSWORD,
  },
  '/settings': { username: 'formed', name: 'Formed' },
  '/settings/email': { email: 'formed@example.com', currentPassword: PASSWORD },
  '/settings/password': { currentPassword: PASSWORD, newPassword: NEXT, newPasswordAgain: NEXT },
  '/settings/delete': { currentPassword: PASSWORD },
  '/logout': {},
};
/** Fields of these forms that may be left out. */
const OPTIONAL = ['name'];

const encoded = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

it('knows every form that the application has', () => {
  const posts = allRoutes(app.nest).filter(({ method }) => method !== 'GET');
  expect(posts.map(({ path }) => path)).toEqual(expect.arrayContaining(Object.keys(FORMS)));
});

it('IN-01, IN-02 an operator, a list, an object or a repetition in any field of any form is refused', async () => {
  const visitor = await app.person('typed');
  const _csrf = await visitor.token('/settings');
  const users = await app.users();
  for (const [path, form] of Object.entries(FORMS)) {
    for (const field of [...Object.keys(form), '_csrf', 'next']) {
      const value = form[field] ?? 'x';
      const others = { ...form, _csrf };
      Reflect.deleteProperty(others, field);
      const rest = encoded(others);
      for (const hostile of [
        `${field}[$ne]=`,
        `${field}[$gt]=`,
        `${field}[$regex]=.*`,
        `${field}[$in][]=${value}`,
        `${field}[$where]=sleep(1000)`,
        `${field}%5B%24ne%5D=`,
        `${field}[]=${value}`,
        `${field}[0]=${value}`,
        `${field}[a][b]=${value}`,
        `${field}.$ne=`,
        `${field}=${value}&${field}=${value}`,
        `$where=1&${field}=${value}`,
      ]) {
        const { status } = await visitor.send('POST', path, { body: `${rest}&${hostile}` });
        // Without a token that is a text it fails on that.
        expect([
          path,
          hostile,
          [400, ...(field === '_csrf' ? [403] : [])].includes(status),
        ]).toEqual([path, hostile, true]);
      }
    }
    const json = {
      ...form,
      _csrf,
      identifier: { $ne: null },
      password: [1],
      name: { a: 1 },
      username: 7,
    };
    for (const type of ['application/json', 'application/vnd.api+json']) {
      const answer = await visitor.send('POST', path, {
        body: JSON.stringify(json),
        headers: { 'content-type': type },
      });
      expect(answer.status).toBe(415);
    }
  }
  expect(await app.users()).toEqual(users);
  expect(await visitor.whoami()).toBe('typed');
  const honest = { _csrf, username: 'typed-on', name: '$ne [x] a.b' };
  expect((await visitor.send('POST', '/settings', { body: honest })).status).toBe(303);
});

it('IN-01 an operator in any query or path finds nothing', async () => {
  const visitor = await app.person('queried');
  // What comes to the callback is written by providers, who may add what they like.
  const others = '/oauth/:provider/callback';
  const paths = allRoutes(app.nest).flatMap(({ method, path }) =>
    method === 'GET' && path !== others ? [path] : [],
  );
  for (const path of paths) {
    const bare = await visitor.get(path);
    for (const query of [
      'x[$ne]=',
      'next[$gt]=',
      'id[$regex]=.*',
      'a[$in][]=1',
      'a=1&a=2',
      'utm_source=a&utm_source=b',
      '$where=1',
      'a[__proto__]=1',
      'a=%E9',
    ]) {
      const { status, location } = await visitor.get(`${path}?${query}`);
      const found = [path, query, status, location?.split('?')[0]];
      expect(found).toEqual([path, query, bare.status, bare.location?.split('?')[0]]);
    }
  }
  // What a page reads is one text.
  for (const path of ['/login', '/register', '/settings/confirm']) {
    for (const query of ['next=%2F&next=%2Fsettings', 'next=%2F%E9']) {
      const { status } = await visitor.get(`${path}?${query}`);
      expect([path, query, status]).toEqual([path, query, 400]);
    }
  }
  for (const value of [
    '[$ne]',
    '%7B%22$ne%22:null%7D',
    '$where',
    'a.b',
    '__proto__',
    'constructor',
    'toString',
  ]) {
    expect((await visitor.get(`/users/${value}`)).status).toBe(404);
  }
});

it('IN-02 a field that is missing or empty is told on the form, never an error of ours', async () => {
  const visitor = await app.person('missing');
  const stranger = app.visitor();
  for (const [path, form] of Object.entries(FORMS)) {
    const who = path === '/login' || path === '/register' ? stranger : visitor;
    const _csrf = await who.token(who === visitor ? '/settings' : path);
    for (const field of Object.keys(form).filter((each) => !OPTIONAL.includes(each))) {
      const others = { ...form, _csrf };
      Reflect.deleteProperty(others, field);
      for (const body of [others, { ...others, [field]: '' }]) {
        const { status } = await who.send('POST', path, { body });
        expect([path, field, status]).toEqual([path, field, 422]);
      }
    }
  }
  expect(await visitor.whoami()).toBe('missing');
});

it('IN-03 nothing that is sent changes what objects are', async () => {
  const visitor = await app.person('polluter');
  const _csrf = await visitor.token('/settings');
  const keys = Object.getOwnPropertyNames(Object.prototype).toSorted();
  for (const path of Object.keys(FORMS)) {
    for (const hostile of [
      '__proto__[polluted]=1',
      '__proto__.polluted=1',
      'constructor[prototype][polluted]=1',
      'constructor=1',
      'prototype=1',
      'a[__proto__][polluted]=1',
      '%5F_proto__[polluted]=1',
    ]) {
      const body = `${encoded({ ...FORMS[path], _csrf })}&${hostile}`;
      expect([path, hostile, (await visitor.send('POST', path, { body })).status]).toEqual([
        path,
        hostile,
        400,
      ]);
      // What no page reads is ignored.
      expect((await visitor.get(`${path}?${hostile}`)).status).toBeLessThan(500);
    }
    const body = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    const headers = { 'content-type': 'application/json' };
    expect((await visitor.send('POST', path, { body, headers })).status).toBe(415);
  }
  // The parser itself drops this one.
  expect((await visitor.send('POST', '/login', { body: '__proto__=1' })).status).toBe(422);
  for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'prototype']) {
    expect((await app.visitor().register(name, { email: 'proto@example.com' })).status).toBe(422);
    expect((await app.visitor().login(name)).status).toBe(422);
    expect((await visitor.submit('/settings', { username: name, name })).status).toBe(422);
  }
  expect(
    (await visitor.submit('/settings', { username: 'polluter', name: '__proto__' })).status,
  ).toBe(303);
  expect(Object.getOwnPropertyNames(Object.prototype).toSorted()).toEqual(keys);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();

  const other = await app.person('unpolluted');
  expect(await other.whoami()).toBe('unpolluted');
  expect((await other.submit('/settings', { username: 'unpolluted', name: 'Clean' })).status).toBe(
    303,
  );
  await other.logout();
  expect((await other.login('unpolluted')).location).toBe('/');
  expect((await other.submit('/settings/delete', { currentPassword: PASSWORD })).location).toBe(
    '/',
  );
});

it('a form of any fields and values is refused, told or taken, and what is stored is text', async () => {
  const visitor = await app.person('arbitrary');
  const _csrf = await visitor.token('/settings');
  const name = fc.oneof(
    fc.constantFrom('username', 'name', 'email', 'name[]', 'name[$ne]', 'a.b', '$set'),
    fc.constantFrom('toString', 'hasOwnProperty', 'constructor', '__proto__', '_csrf', '_csrf '),
    // The parser drops a field without a name, and `__proto__`.
    fc.string({ unit: 'binary', minLength: 1 }),
  );
  const value = fc.oneof(fc.constant('arbitrary'), fc.string({ unit: 'binary' }));
  const wrong = /[[\]$.]|^(?:constructor|prototype)$/;
  const plain = (names: string[]) =>
    new Set(names).size === names.length && !names.some((each) => wrong.test(each));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 4 }), async (fields) => {
      const body = new URLSearchParams([['_csrf', _csrf], ...fields]).toString();
      const { status } = await visitor.send('POST', '/settings', { body });
      const names = fields.map(([each]) => each).filter((each) => each !== '__proto__');
      const expected = plain(['_csrf', ...names]) ? [303, 422] : [400];
      expect(expected).toContain(status);
    }),
    { numRuns: 300 },
  );
  const stored = (await app.users()).find(({ email }) => email === 'arbitrary@example.com');
  expect(typeof stored?.['username']).toBe('string');
  expect(['string', 'undefined']).toContain(typeof stored?.['name']);
  expect(await visitor.whoami()).toBe(stored?.['username']);
});

it('BF-08 a repeated or bracketed field is refused before anything is tried', async () => {
  const visitor = await app.person('plain-fields');
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

it('IN-04 fields that the form does not have are not stored', async () => {
  const visitor = app.visitor();
  await visitor.register('assigner', {
    role: 'admin',
    passwordHash: 'x',
    identities: 'x',
    emailVerifiedAt: '2020-01-01',
    sessions: 'x',
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
    'revision',
    'sessions',
    'username',
    'usernameCanonical',
  ]);
  expect(user).toMatchObject({ identities: [] });
  expect(user?.['passwordHash']).toMatch(/^\$bcrypt-hmac-sha384\$/);
});

it('IN-06, XS-01 what is typed stays text', async () => {
  const visitor = await app.person('canary');
  const name = '<script>alert(1)</script>{{7*7}}"onload=x';
  await visitor.submit('/settings', { username: 'canary', name });
  for (const path of ['/', '/settings']) {
    const page = await visitor.get(path);
    expect(page.html).not.toContain('<script>alert');
    expect(page.html).toContain('{{7*7}}');
  }
});

it('IN-07 a pattern is text: it finds nobody, and takes no longer than a name', async () => {
  await app.person('aaaa');
  const visitor = app.visitor();
  const token = await visitor.token('/login');
  const time = async (identifier: string, path = '/login') => {
    const begin = performance.now();
    const field = path === '/login' ? 'identifier' : 'email';
    const body = { ...FORMS[path], _csrf: token, [field]: identifier };
    // From nowhere, so that only the account's limit is kept.
    const headers = { 'x-forwarded-for': 'unknown' };
    const { status } = await visitor.send('POST', path, { body, headers });
    expect([identifier.slice(0, 40), status]).toEqual([identifier.slice(0, 40), 422]);
    return performance.now() - begin;
  };
  const usual = Math.max(...(await Promise.all(['b', 'bb', 'bbb'].map((name) => time(name)))));
  for (const hostile of [
    '.*',
    '^a',
    'aaa.',
    '^aaaa$',
    '/aaaa/',
    `(a+)+$${'a'.repeat(30)}!`,
    `${'a'.repeat(5000)}!`,
    'a@'.repeat(3000),
    `a@${'a.'.repeat(3000)}`,
    `${'a.'.repeat(3000)}@a.com`,
    `"${'\\'.repeat(2000)}`,
    `a@${'\u00e4'.repeat(1000)}.com`,
    '\ufdfa'.repeat(1000),
    ' '.repeat(5000) + 'x'.repeat(5000),
    '\u0345'.repeat(1000),
  ]) {
    for (const path of ['/login', '/register']) {
      expect(await time(hostile, path)).toBeLessThan(usual * 20 + 250);
    }
  }
});

it('PW-05 a password that is too long is refused before any hashing, at every door', async () => {
  const visitor = await app.person('long-words');
  const stranger = app.visitor();
  const hasher = app.nest.get<InterruptedHasher>(PasswordHasher);
  const doors = Object.entries(FORMS).flatMap(([path, form]) =>
    Object.keys(form)
      .filter((field) => /password/i.test(field))
      .map((field) => ({ path, form, field })),
  );
  expect(doors).toHaveLength(8);
  const send = async (path: string, form: Record<string, string>) => {
    const who = path === '/login' || path === '/register' ? stranger : visitor;
    const page = who === visitor ? '/settings' : path;
    return who.send('POST', path, { body: { ...form, _csrf: await who.token(page) } });
  };
  // Whatever is hashed now is an error of ours.
  hasher.before = () => Promise.reject(new Error('hashed'));
  try {
    for (const { path, form, field } of doors) {
      const huge = { ...form, [field]: 'x'.repeat(1_000_000) };
      const answers = await Promise.all(Array.from({ length: 20 }, () => send(path, huge)));
      expect([path, field, ...new Set(answers.map(({ status }) => status))]).toEqual([
        path,
        field,
        413,
      ]);
    }
    const long = 'y'.repeat(257);
    for (const { path, form } of [
      { path: '/login', form: { identifier: 'long-words', password: long } },
      { path: '/register', form: { ...FORMS['/register'], password: long, passwordAgain: long } },
      { path: '/settings/delete', form: { currentPassword: long } },
      { path: '/settings/email', form: { ...FORMS['/settings/email'], currentPassword: long } },
    ]) {
      expect((await send(path, form)).status).toBe(422);
    }
  } finally {
    hasher.resume();
  }
  const long = { newPassword: 'y'.repeat(257), newPasswordAgain: 'y'.repeat(257) };
  expect((await send('/settings/password', { currentPassword: PASSWORD, ...long })).text).toContain(
    'Use at most 256 characters',
  );
  expect(
    (await visitor.submit('/settings/password', FORMS['/settings/password'] ?? {})).status,
  ).toBe(303);
});

describe('a body', () => {
  const form = 'application/x-www-form-urlencoded';
  const post = (body: string | Buffer, headers: string[]) => {
    const port = Number(new URL(app.origin).port);
    const head = ['POST /login HTTP/1.1', 'Host: localhost', `Content-Type: ${form}`, ...headers];
    return new RawClient(port).send(`${head.join('\r\n')}\r\n\r\n`).send(body);
  };

  it.each([
    ['200 KB', `a=${'x'.repeat(200_000)}`],
    ['1,100 fields', Array.from({ length: 1100 }, (_, index) => `a${index}=1`).join('&')],
    ['10,000 members of a list', 'a[]=1&'.repeat(10_000)],
    ['51 fields', Array.from({ length: 51 }, (_, index) => `a${index}=1`).join('&')],
  ])('IN-08 of %s is too large', async (_, body) => {
    const begin = performance.now();
    expect((await app.visitor().send('POST', '/login', { body })).status).toBe(413);
    expect(performance.now() - begin).toBeLessThan(1000);
  });

  it('IN-08 of 40 levels is refused, and so is a name without end', async () => {
    for (const body of [`a${'[a]'.repeat(40)}=1`, `${'a'.repeat(15_000)}[=1`, '&'.repeat(15_000)]) {
      expect([400, 403, 413]).toContain(
        (await app.visitor().send('POST', '/login', { body })).status,
      );
    }
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])(
    'IN-08 that a bomb of %s becomes is too large, and nothing is kept of it',
    async (coding, compress) => {
      const bomb = compress(Buffer.alloc(50_000_000, 'a=1'));
      const memory = process.memoryUsage().rss;
      const headers = [
        `Content-Length: ${bomb.length}`,
        `Content-Encoding: ${coding}`,
        'Connection: close',
      ];
      const clients = Array.from({ length: 20 }, () => post(bomb, headers));
      for (const client of clients) {
        expect(statusesIn(await client.untilClosed())).toEqual([413]);
      }
      expect(process.memoryUsage().rss - memory).toBeLessThan(200_000_000);
      const honest = compress(Buffer.from('identifier=x'));
      const small = [
        `Content-Length: ${honest.length}`,
        `Content-Encoding: ${coding}`,
        'Connection: close',
      ];
      expect(statusesIn(await post(honest, small).untilClosed())).toEqual([403]);
    },
  );

  it('IN-08 in an unknown coding, or in a chain of them, is refused', async () => {
    for (const coding of ['x-bomb', 'gzip, gzip', 'compress', 'zstd', 'identity, gzip']) {
      const client = post('a=1', [
        'Content-Length: 3',
        `Content-Encoding: ${coding}`,
        'Connection: close',
      ]);
      expect(statusesIn(await client.untilClosed())).toEqual([415]);
    }
  });

  it('IN-09 with a raw byte that is no UTF-8 is refused, one with raw UTF-8 is read', async () => {
    for (const [text, status] of [
      ['identifier=a\xe9&password=x', 400],
      // Read, and refused for want of a token.
      ['identifier=a\xc3\xa9&password=x', 403],
    ] as const) {
      const client = post(text, [`Content-Length: ${text.length}`, 'Connection: close']);
      expect(statusesIn(await client.untilClosed())).toEqual([status]);
    }
  });

  it('IN-08 without an end is cut off, with its connection', async () => {
    const client = post('', ['Transfer-Encoding: chunked']);
    const chunk = `1000\r\n${'a'.repeat(4096)}\r\n`;
    for (let sent = 0; sent < 100; sent++) client.send(chunk);
    expect(statusesIn(await client.until('</html>'))).toEqual([413]);
    const begin = performance.now();
    for (let sent = 0; sent < 600; sent++) client.send(chunk);
    // The cut comes as a reset.
    await client.untilClosed().catch(() => '');
    // Before the connection, kept open after its answer, would end by itself.
    expect(performance.now() - begin).toBeLessThan(4000);
  });
});

let exact = 0;

it('IN-09 malformed paths, queries, cookies, charsets and kinds get a plain page', async () => {
  const visitor = app.visitor();
  expect((await visitor.get('/users/%E0%A4%A')).status).toBe(400);
  expect((await visitor.get('/%E0%A4%A')).status).toBeLessThan(500);
  expect((await visitor.get('/login?next=%E0%A4%A')).status).toBeLessThan(500);
  expect(
    (await visitor.get('/', { headers: { cookie: 'test-session=%E0%A4%A; test-devices=%' } }))
      .status,
  ).toBe(200);
  for (const [type, body] of [
    ['application/x-www-form-urlencoded; charset=utf-7', 'a=b'],
    ['application/x-www-form-urlencoded; charset=utf-16', 'a=b'],
    ['application/json', '{"a":'],
    ['application/json; charset=utf-7', '{}'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n1\r\n--x--',
    ],
    ['multipart/form-data', 'x'],
    ['text/html', '<p>'],
    ['/', 'x'],
  ] as const) {
    const answer = await visitor.send('POST', '/login', {
      body,
      headers: { 'content-type': type },
    });
    expect([type, answer.status]).toEqual([type, 415]);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.text).toContain('We couldn’t read that request');
  }
});

describe('text that is not UTF-8', () => {
  it.each([
    ['a byte of Latin-1', 'secret%E9secret'],
    ['half of a character', 'secret%C3secret'],
    ['a longer spelling than needed', 'secret%C0%AFsecret'],
    ['half of a surrogate pair', 'secret%ED%A0%80secret'],
    ['a percent sign that encodes nothing', 'secret%zzsecret'],
  ])('IN-09 is refused in every form, so that two passwords are never one: %s', async (_, text) => {
    const visitor = await app.person(`exact-${++exact}`);
    const stranger = app.visitor();
    for (const [who, path, fields] of [
      [
        stranger,
        '/register',
        'username=two&email=two@example.com&name=&password=X&passwordAgain=X',
      ],
      [
        stranger,
        '/register',
        'username=two&email=two@example.com&name=X&password=a&passwordAgain=a',
      ],
      [stranger, '/login', 'identifier=two&password=X'],
      [visitor, '/settings', 'username=two&name=X'],
      [visitor, '/settings/password', 'currentPassword=X&newPassword=X&newPasswordAgain=X'],
      [visitor, '/settings/email', 'email=two@example.com&currentPassword=X'],
    ] as const) {
      const token = await who.token(path);
      const body = `${fields.replaceAll('X', text)}&_csrf=${token}`;
      const answer = await who.send('POST', path, { body });
      expect([path, answer.status]).toEqual([path, 400]);
      expect(answer.text).toContain('We couldn’t read that request');
    }
    expect((await app.users()).filter(({ username }) => username === 'two')).toEqual([]);
    const honest = await visitor.submit('/settings', {
      username: `exact-${exact}`,
      name: '100 % Zoë \ufffd 😀',
    });
    expect(honest.status).toBe(303);
  });

  it('IN-09 is refused in a query that a page reads and in a path, and a cookie of it is nobody’s', async () => {
    const visitor = app.visitor();
    expect((await visitor.get('/login?next=%2F%E9')).status).toBe(400);
    expect((await visitor.get('/users/%E9')).status).toBe(400);
    const cookie = 'session=s%3A%E9%E9; devices=%E9';
    expect((await visitor.get('/settings', { headers: { cookie } })).location).toMatch(/^\/login/);
  });
});

describe('what is typed', () => {
  const CANARY = `canary"'<>\`&{{1111*1111}}{{{x}}}\${1111*1111}`;
  const MARKUP = `"><img src=x onerror=alert(1)></title><script>alert(2)</script><!--`;

  function inert(html: string): void {
    expect(html).not.toMatch(/canary["'<>`]/);
    expect(html).not.toMatch(/<img(?! src="\/assets\/)|<script>|<!--|1234321/i);
    for (const [, url] of html.matchAll(/(?:href|src|action)="([^"]*)"/g))
      expect(url).toMatch(/^[/#]/);
  }

  it('XS-01, IN-06 stays text in every page that shows it again', async () => {
    const visitor = await app.person('canary-two');
    for (const hostile of [
      CANARY,
      MARKUP,
      '{{constructor.constructor}}',
      '{{> (lookup . "x")}}',
      'javascript:alert(1)',
    ]) {
      const again = [
        await visitor.submit('/settings', { username: hostile, name: hostile }),
        await visitor.submit('/settings/email', { email: hostile, currentPassword: 'x' }),
        await app.visitor().login(hostile, 'x', { next: hostile, remember: hostile }),
        await app
          .visitor()
          .register('x', { username: hostile, email: hostile, name: hostile, next: hostile }),
      ];
      for (const { status, html } of again) {
        expect(status).toBe(422);
        inert(html);
      }
      expect(again[2]?.html).toContain(hostile.startsWith('canary') ? 'canary&quot;' : 'value="');
      const path = encodeURIComponent(hostile);
      for (const target of [
        `/${path}`,
        `/users/${path}`,
        `/login?next=${path}`,
        `/register?next=${path}`,
        `/?x=${path}`,
      ]) {
        const headers = { 'user-agent': 'canary"<script>', referer: 'http://x/?canary"<script>' };
        const { status, html } = await app.visitor().get(target, { headers });
        expect(status).toBeLessThan(500);
        inert(html);
      }
    }
  });

  it('XS-01, IN-06 stays text when it is stored', async () => {
    const visitor = app.visitor();
    const email = `"'{{1111*1111}}&`.replace('"', '') + '@example.com';
    expect((await visitor.register('stored', { name: CANARY, email })).status).toBe(303);
    const shown: string[] = [];
    for (const path of ['/', '/settings', '/settings/email', '/logout']) {
      const { html } = await visitor.get(path);
      inert(html);
      shown.push(html);
    }
    expect(shown.join('')).toContain('canary&quot;&#x27;&lt;&gt;&#x60;&amp;{{1111*1111}}');
    for (const name of [
      MARKUP,
      '<svg/onload=alert(1)>',
      'javascript:alert(1)',
      '{{#with "s"}}{{this}}{{/with}}',
    ]) {
      expect((await visitor.submit('/settings', { username: 'stored', name })).status).toBe(303);
      for (const path of ['/', '/settings']) {
        const { html, text } = await visitor.get(path);
        inert(html);
        if (path === '/') expect(text.replace(/&#x3D;/g, '=')).toContain(name.slice(0, 12));
      }
    }
  });
});

it('IN-12, OA-15 a login or a registration never leads to another site, nor to an action', async () => {
  const person = await app.person('redirected');
  for (const next of [
    '//evil.example',
    '/\\evil',
    'https:evil',
    'https://evil.example',
    '/.//evil',
    '/%2e//evil',
    'javascript:alert(1)',
    '/a\tb',
    '/a\r\nLocation: //evil',
    '\t//evil',
    `http://localhost@evil.example`,
    'localhost.evil.example',
    `/${'a'.repeat(5000)}`,
    `/${'ä'.repeat(500)}`,
  ]) {
    const answer = await app.visitor().login('redirected', PASSWORD, { next });
    expect([answer.status, answer.location]).toEqual([303, '/']);
  }
  const register = await app.visitor().register('redirected-2', { next: '//evil.example' });
  expect([register.status, register.location]).toEqual([303, '/']);
  for (const next of ['/settings?x=1', '/%5cevil', '/logout', '/settings/delete']) {
    const visitor = app.visitor();
    const answer = await visitor.login('redirected', PASSWORD, { next });
    expect([answer.status, answer.location]).toEqual([303, next]);
    expect(new URL(answer.location ?? '', app.origin).origin).toBe(app.origin);
    await visitor.get(next);
    expect(await visitor.whoami()).toBe('redirected');
  }
  const visitor = app.visitor();
  const token = await visitor.token('/login');
  const twice = `_csrf=${token}&identifier=redirected&next=/settings&next=//evil&password=${encodeURIComponent(PASSWORD)}`;
  expect((await visitor.send('POST', '/login', { body: twice })).status).toBe(400);
  const referer = { referer: 'https://evil.example/', 'x-forwarded-host': 'evil.example' };
  const _csrf = await person.token('/settings');
  const body = { _csrf, username: 'redirected', name: 'R' };
  expect((await person.send('POST', '/settings', { body, headers: referer })).location).toBe(
    '/settings',
  );
});
