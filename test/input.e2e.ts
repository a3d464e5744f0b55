import { startApp, type TestApp } from './support/app.js';
import { PASSWORD } from './support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('BF-08, IN-02 a repeated or bracketed field is refused before anything is tried', async () => {
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
  const visitor = await app.person('canary');
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
  await app.person('redirected');
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
