import { UsersService } from '../../src/users/users.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { InterruptedUsers } from '../support/overrides.js';
import { type Answer, PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(UsersService).useClass(InterruptedUsers),
  );
});
afterAll(() => app.close());

/** One answer of every kind that the application gives. */
async function everyKind(): Promise<Record<string, Answer>> {
  const visitor = await app.person('headers');
  const home = await visitor.get('/');
  const asset = /\/assets\/app\.[0-9a-f]+\.css/.exec(home.html)?.[0] ?? '';
  const _csrf = await visitor.token('/settings/profile');
  const users = app.nest.get<InterruptedUsers>(UsersService);
  const stranger = app.visitor();
  const answers: Record<string, Answer> = {
    '200': home,
    '200 with a form': await visitor.get('/settings/profile'),
    '200 to a stranger': await stranger.get('/login'),
    '200 of health': await stranger.get('/health/ready'),
    '200 without a body': await visitor.send('HEAD', '/settings/profile'),
    '200 of an asset': await stranger.get(asset),
    '303 to the login': await app.visitor().get('/settings/profile'),
    '303 after a change': await visitor.send('POST', '/settings/profile', {
      body: { _csrf, username: 'headers', name: 'H' },
    }),
    '303 of an old path': await visitor.get('/users/login'),
    '304 of an asset': await stranger.get(asset, {
      headers: { 'if-none-match': `W/"${asset.split('.').at(-2)}"` },
    }),
    '400': await visitor.get('/login?next=1&next=2'),
    '401': await app
      .visitor()
      .get('/settings/profile', { headers: { accept: 'application/json' } }),
    '403': await visitor.send('POST', '/settings/profile', { body: { name: 'x' } }),
    '404': await visitor.get('/nowhere'),
    '404 below the assets': await visitor.get('/assets/nothing.css'),
    '405': await visitor.send('PUT', '/settings/profile'),
    '413': await visitor.send('POST', '/settings/profile', { body: { name: 'x'.repeat(20_000) } }),
    '415': await visitor.send('POST', '/settings/profile', {
      body: '{}',
      headers: { 'content-type': 'application/json' },
    }),
    '422': await visitor.send('POST', '/settings/profile', {
      body: { _csrf, username: '', name: '' },
    }),
    '431': await visitor.get('/', {
      headers: Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`x-${index}`, ''])),
    }),
  };
  for (let guess = 0; guess < 6; guess++) answers['429'] = await stranger.login('headers', 'wrong');
  users.before = () => Promise.reject(new Error('broken'));
  answers['500'] = await visitor.login('headers');
  users.resume();
  return answers;
}

it('HD-01, HD-02, HD-04 every kind of answer has the policy and is not stored', async () => {
  for (const [kind, { status, headers, html }] of Object.entries(await everyKind())) {
    expect([kind, status]).toEqual([kind, Number(kind.slice(0, 3))]);
    const policy = (headers.get('content-security-policy') ?? '').split(';');
    expect(policy.toSorted()).toEqual(
      [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
      ].toSorted(),
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    for (const name of ['x-powered-by', 'server', 'access-control-allow-origin']) {
      expect([kind, headers.get(name)]).toEqual([kind, null]);
    }
    const kept = kind.includes('of an asset');
    expect([kind, headers.get('cache-control')]).toEqual([
      kind,
      expect.stringContaining(kept ? 'max-age=31536000, immutable' : 'no-store'),
    ]);
    if (kept) expect(headers.getSetCookie()).toEqual([]);
    expect(html).not.toMatch(/ style="|<style| on\w+="|<script>/);
    if (headers.get('content-type')?.startsWith('text/html')) {
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      // An error is told in the site's own layout too; HEAD has no body.
      if (html !== '' && status !== 303) expect(html).toContain('<header class="site-header">');
    }
  }
});

it('HD-05 gives no other origin leave to read', async () => {
  for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT']) {
    const answer = await app.visitor().send(method, '/login', {
      headers: {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual(
      [],
    );
  }
});

it('a mistyped address gets a way forward, and no reference for support', async () => {
  const { text, html } = await app.visitor().get('/nowhere');
  expect(text).toContain('or start from the home page.');
  expect(html).toContain('href="/">Go to the home page');
  expect(text).not.toContain('Reference');
});

it('HD-06 a method that a path does not take is refused, overrides are ignored', async () => {
  const visitor = await app.person('verbs');
  for (const method of ['PUT', 'DELETE', 'PROPFIND', 'PATCH']) {
    expect((await visitor.send(method, '/settings/profile')).status).toBe(405);
  }
  const answer = await visitor.get('/settings?_method=DELETE', {
    headers: { 'x-http-method-override': 'POST' },
  });
  expect(answer.status).toBe(200);
  expect((await visitor.send('PUT', '/nowhere')).status).toBe(404);
  for (const [query, header] of [
    ['_method=POST', 'x-http-method-override'],
    ['_method=delete', 'x-http-method'],
    ['method=PUT', 'x-method-override'],
  ] as const) {
    const _csrf = await visitor.token('/settings/profile');
    const body = { _csrf, _method: 'DELETE', username: 'verbs', name: 'V' };
    const post = await visitor.send('POST', `/settings/profile?${query}`, {
      body,
      headers: { [header]: 'DELETE' },
    });
    expect(post.status).toBe(303);
    expect((await visitor.get(`/logout?${query}`, { headers: { [header]: 'POST' } })).status).toBe(
      200,
    );
  }
  for (const path of ['/settings/profile', '/login', '/']) {
    const [get, head] = [await visitor.get(path), await visitor.send('HEAD', path)];
    expect([head.status, head.html, head.location]).toEqual([get.status, '', get.location]);
    const names = ({ headers }: Answer) =>
      [...headers.keys()]
        .filter((name) => !/^(content-length|keep-alive|transfer-encoding)$/.test(name))
        .toSorted();
    expect(names(head)).toEqual(names(get));
  }
  expect(await visitor.whoami()).toBe('verbs');
});

it('LE-01 neither pages nor the log hold a hash, a token or a session id', async () => {
  const visitor = await app.person('secretive');
  const pages = await Promise.all(
    ['/', '/settings/profile', '/settings/email', '/settings/password', '/settings/delete'].map(
      (path) => visitor.get(path),
    ),
  );
  const session = decodeURIComponent(visitor.cookies.get('test-session') ?? 'none').slice(2, 34);
  const seen = pages.map(({ html }) => html).join('') + app.log.join('');
  for (const secret of ['$2b$', '$bcrypt', 'mongodb://', PASSWORD, session, 'dist/src']) {
    expect(seen).not.toContain(secret);
  }
  expect(app.log.join('')).toContain('registered');
});
