import fc from 'fast-check';
import { startApp, type TestApp } from '../support/app.js';
import { FORMS } from '../support/forms.js';
import { allRoutes } from '../support/routes.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** Fields of these forms that may be left out. */
const OPTIONAL = ['name'];

const encoded = (fields: Record<string, string>) => new URLSearchParams(fields).toString();

it('knows every form that the application has', () => {
  const posts = allRoutes(app.nest).filter(({ method }) => method !== 'GET');
  expect(posts.map(({ path }) => path)).toEqual(expect.arrayContaining(Object.keys(FORMS)));
});

it('IN-01, IN-02 an operator, a list, an object or a repetition in any field of any form is refused', async () => {
  const visitor = await app.person('typed');
  const _csrf = await visitor.token('/settings/profile');
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
  expect((await visitor.send('POST', '/settings/profile', { body: honest })).status).toBe(303);
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
    const _csrf = await who.token(who === visitor ? '/settings/profile' : path);
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
  const _csrf = await visitor.token('/settings/profile');
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
    expect((await visitor.submit('/settings/profile', { username: name, name })).status).toBe(422);
  }
  expect(
    (await visitor.submit('/settings/profile', { username: 'polluter', name: '__proto__' })).status,
  ).toBe(303);
  expect(Object.getOwnPropertyNames(Object.prototype).toSorted()).toEqual(keys);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();

  const other = await app.person('unpolluted');
  expect(await other.whoami()).toBe('unpolluted');
  expect(
    (await other.submit('/settings/profile', { username: 'unpolluted', name: 'Clean' })).status,
  ).toBe(303);
  await other.logout();
  expect((await other.login('unpolluted')).location).toBe('/');
  expect((await other.deleteAccount()).location).toBe('/');
});

it('a form of any fields and values is refused, told or taken, and what is stored is text', async () => {
  const visitor = await app.person('arbitrary');
  const _csrf = await visitor.token('/settings/profile');
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
      const { status } = await visitor.send('POST', '/settings/profile', { body });
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
  const _csrf = await visitor.token('/settings/profile');
  for (const body of [
    `_csrf=${_csrf}&username=a&username=b`,
    `_csrf=${_csrf}&username[$ne]=x`,
    `_csrf=${_csrf}&username[]=x`,
    `_csrf=${_csrf}&a.b=x`,
    `_csrf=${_csrf}&__proto__=x&constructor=y`,
  ]) {
    expect((await visitor.send('POST', '/settings/profile', { body })).status).toBe(400);
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
    'emailClaim',
    'emailSince',
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
