import { startApp, type TestApp } from './support/app.js';
import { PASSWORD } from './support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('HD-01, HD-02, HD-04 every kind of answer has the policy and is not stored', async () => {
  const visitor = await app.person('headers');
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

it('HD-05 gives no other origin leave to read', async () => {
  for (const method of ['GET', 'OPTIONS']) {
    const answer = await app
      .visitor()
      .send(method, '/login', { headers: { origin: 'https://evil.example' } });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual(
      [],
    );
  }
});

it('HD-06 a method that a path does not take is refused, overrides are ignored', async () => {
  const visitor = await app.person('verbs');
  for (const method of ['PUT', 'DELETE', 'PROPFIND', 'PATCH']) {
    expect((await visitor.send(method, '/settings')).status).toBe(405);
  }
  const answer = await visitor.get('/settings?_method=DELETE', {
    headers: { 'x-http-method-override': 'POST' },
  });
  expect(answer.status).toBe(200);
  expect((await visitor.send('PUT', '/nowhere')).status).toBe(404);
});

it('LE-01 neither pages nor the log hold a hash, a token or a session id', async () => {
  const visitor = await app.person('secretive');
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
