import { allRoutes } from './support/routes.js';
import { startApp, type TestApp } from './support/app.js';
import { PASSWORD } from './support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const SETTINGS = { username: 'changed', name: 'changed' };

it('CS-01 every POST without its token is refused and changes nothing', async () => {
  const victim = await app.person('csrf-victim');
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
  const visitor = await app.person('reader');
  const before = await app.users();
  for (const { path } of allRoutes(app.nest)) {
    for (const method of ['GET', 'HEAD']) {
      expect((await visitor.send(method, path)).status).toBeLessThan(500);
    }
  }
  expect(await app.users()).toEqual(before);
  expect(await visitor.whoami()).toBe('reader');
});

it('CS-07 Sec-Fetch-Site decides where it is sent, Origin where it is not', async () => {
  const visitor = await app.person('origins');
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
  await app.person('attacker');
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
