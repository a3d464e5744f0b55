import { allRoutes } from './support/routes.js';
import { startApp, type TestApp } from './support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('AZ-01 no route but the public ones answers a stranger', async () => {
  const open = [
    'GET /',
    'GET /health/live',
    'GET /health/ready',
    'GET /register',
    'POST /register',
    'GET /login',
    'POST /login',
    'GET /logout',
    'GET /users/:page',
    'POST /oauth/:provider',
    'GET /oauth/:provider/callback',
    'GET /connect',
    'POST /connect/new',
    'POST /connect/cancel',
    'GET /development/oauth',
    'POST /development/oauth/:provider',
  ];
  for (const { method, path } of allRoutes(app.nest)) {
    const stranger = app.visitor();
    const token = await stranger.token('/login');
    const body = method === 'POST' ? { _csrf: token } : undefined;
    const answer = await stranger.send(method, path, body ? { body } : {});
    if (open.includes(`${method} ${path}`)) {
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
