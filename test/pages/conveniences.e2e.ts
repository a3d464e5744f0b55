import { startApp, type TestApp } from '../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it('a password manager is led to where the password is changed', async () => {
  const stranger = app.visitor();
  const first = await stranger.get('/.well-known/change-password');
  expect([first.status, first.location]).toEqual([303, '/settings/password']);
  const second = await stranger.get('/settings/password');
  expect(second.location).toBe('/login?next=%2Fsettings%2Fpassword');
  // So that it can tell a site that answers everything (W3C).
  const nothing = '/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200';
  expect((await stranger.get(nothing)).status).toBe(404);
});

it.each([
  ['/favicon.ico', 'image/x-icon'],
  ['/apple-touch-icon.png', 'image/png'],
  ['/robots.txt', 'text/plain; charset=utf-8'],
])('%s is there for a day, without a session', async (path, type) => {
  const { status, headers } = await app.visitor().get(path);
  expect([status, headers.get('content-type')]).toEqual([200, type]);
  expect(headers.get('cache-control')).toBe('public, max-age=86400');
  expect(headers.getSetCookie()).toEqual([]);
});

it('search engines are told what the site is, and may read it', async () => {
  const { html } = await app.visitor().get('/login');
  expect(html).toMatch(/<meta name="description" content="[^"]{30,160}">/);
  expect((await app.visitor().get('/robots.txt')).status).toBe(200);
});

it('a notice waits for a page that a person sees', async () => {
  const visitor = await app.person('noticed');
  const shows = async (path: string, headers: Record<string, string>, method = 'GET') => {
    const { html } = await visitor.send(method, path, { headers });
    return html.includes('Thanks for registering.');
  };
  const image = { accept: 'image/avif,image/webp,*/*;q=0.8' };
  expect(await shows('/missing.png', { ...image, 'sec-fetch-dest': 'image' })).toBe(false);
  // A browser from before Sec-Fetch-Dest.
  expect(await shows('/apple-touch-icon-precomposed.png', image)).toBe(false);
  for (const ahead of ['sec-purpose', 'purpose', 'x-purpose', 'x-moz']) {
    expect(await shows('/', { [ahead]: 'prefetch;prerender' })).toBe(false);
  }
  expect(await shows('/', { 'sec-fetch-dest': 'iframe' })).toBe(false);
  expect(await shows('/', {}, 'HEAD')).toBe(false);
  expect(await shows('/', { 'sec-fetch-dest': 'document' })).toBe(true);
  expect(await shows('/', { 'sec-fetch-dest': 'document' })).toBe(false);
});
