import { startApp, type TestApp } from '../support/app.js';
import { allRoutes } from '../support/routes.js';
import { PASSWORD } from '../support/visitor.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** Everything else asks for a login. */
const OPEN = [
  'GET /',
  'GET /health/live',
  'GET /health/ready',
  // To whoever has its token.
  'GET /metrics',
  'GET /register',
  'POST /register',
  'GET /login',
  'POST /login',
  'GET /login/passkey',
  'POST /login/passkey',
  'POST /login/passkey/options',
  'GET /register/passkey',
  'POST /register/passkey',
  'GET /register/passkey/create',
  'POST /register/passkey/create',
  'GET /login/second-step/passkey',
  'POST /login/second-step/passkey',
  'GET /login/mail',
  'POST /login/mail',
  'GET /login/code',
  'POST /login/code',
  'GET /login/link',
  'POST /login/link',
  'GET /login/second-step',
  'GET /login/second-step/authenticator',
  'POST /login/second-step/authenticator',
  'GET /login/second-step/recovery-code',
  'POST /login/second-step/recovery-code',
  'GET /login/lost-factor',
  'POST /login/lost-factor',
  'GET /login/lost-factor/cancel',
  'POST /login/lost-factor/cancel',
  'GET /login/lost-factor/finish',
  'POST /login/lost-factor/finish',
  'GET /login/set-up',
  'POST /login/set-up',
  'GET /logout',
  'GET /recovery',
  'POST /recovery',
  'GET /recovery/sent',
  'GET /recovery/new-password',
  'POST /recovery/new-password',
  'POST /logout',
  'GET /users/:page',
  'POST /oauth/:provider',
  'GET /oauth/:provider/callback',
  'GET /email/confirm',
  'POST /email/confirm',
  'POST /email/confirm/not-mine',
  'GET /not-me',
  'POST /not-me',
  'GET /pending-link',
  'POST /pending-link/login',
  'POST /pending-link/cancel',
  'GET /.well-known/change-password',
  'GET /development/oauth',
  'GET /development/outbox',
  'GET /development/outbox/:name',
  'GET /development/outbox/:name/html',
  'POST /development/oauth/:provider',
];

it('AZ-01 no route but the public ones answers a stranger, as HTML or as JSON, and none changes anything', async () => {
  await app.person('az-victim');
  const before = await app.users();
  const fields = {
    username: 'az-changed',
    name: 'x',
    currentPassword: PASSWORD,
    email: 'az@example.com',
  };
  const routes = allRoutes(app.nest);
  for (const open of OPEN)
    expect(routes.map(({ method, path }) => `${method} ${path}`)).toContain(open);
  for (const { method, path } of routes) {
    for (const json of [false, true]) {
      const stranger = app.visitor();
      const headers = { accept: json ? 'application/json' : 'text/html' };
      const _csrf = await stranger.token('/login');
      const body = method === 'POST' ? { body: { _csrf, ...fields } } : {};
      const answer = await stranger.send(method, path, { headers, ...body });
      const seen = [method, path, answer.status, answer.location];
      if (OPEN.includes(`${method} ${path}`)) {
        expect(answer.location ?? '').not.toContain('/login?next');
        expect(answer.status).not.toBe(401);
      } else if (json) {
        expect(seen).toEqual([method, path, 401, null]);
        expect(JSON.parse(answer.html)).toEqual({ status: 401 });
      } else {
        // What only takes forms leads back to the nearest page above; the question of a log-out and the
        // confirmation, which a login is, do not.
        const isPage = (of: string) =>
          routes.some((each) => each.method === 'GET' && each.path === of);
        let page = path;
        while (page !== '' && !isPage(page)) page = page.slice(0, page.lastIndexOf('/'));
        const isBack = page !== '' && page !== '/logout' && !page.startsWith('/settings/confirm');
        const login = isBack ? `/login?next=${encodeURIComponent(page)}` : '/login';
        expect(seen).toEqual([method, path, 303, login]);
        expect(answer.html).not.toContain('az-victim');
      }
    }
  }
  expect(await app.users()).toEqual(before);
});

it('AZ-01 a session of nobody, or of somebody deleted, opens nothing either', async () => {
  const gone = await app.person('az-gone');
  const left = gone.copy();
  await gone.deleteAccount();
  const anonymous = app.visitor();
  await anonymous.get('/login');
  for (const visitor of [left, anonymous]) {
    for (const path of [
      '/settings/profile',
      '/settings/email',
      '/settings/password',
      '/settings/delete',
    ]) {
      expect((await visitor.get(path)).location).toBe(`/login?next=${encodeURIComponent(path)}`);
    }
  }
});

it('AZ-02 a path in disguise meets the same guard', async () => {
  const spellings = [
    '/SETTINGS',
    '/Settings/Password',
    '//settings',
    '/settings/',
    '/settings//',
    '/settings//password',
    '/%73ettings',
    '/%2573ettings',
    '/settings;x',
    '/settings;x/password',
    '/settings%2f',
    '/settings%2fpassword',
    '/settings%00',
    '/settings%20',
    '/settings.html',
    '/settings.json',
    '/settings?/login',
    '/login/../settings',
    '/login%2f..%2fsettings',
    '/health/live/../../settings',
    '/health/%2e%2e/settings',
    '/assets/../settings',
    '/ｓettings',
    '/ſettings',
  ];
  const owner = await app.person('az-disguise');
  for (const path of spellings) {
    const answer = await app.visitor().get(path);
    expect([303, 400, 404]).toContain(answer.status);
    if (answer.status === 303) expect(answer.location).toMatch(/^\/login\?next=/);
    expect(answer.html).not.toContain('name="username"');
    const stranger = app.visitor();
    const form = path.replace(/ettings/i, '$&/profile');
    const post = await stranger.send('POST', form, {
      body: { _csrf: await stranger.token('/login'), username: 'az-taken-over', name: 'x' },
    });
    expect([303, 400, 403, 404]).toContain(post.status);
  }
  expect((await app.users()).some(({ username }) => username === 'az-taken-over')).toBe(false);
  expect(await owner.whoami()).toBe('az-disguise');
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
