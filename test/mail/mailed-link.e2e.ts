import { startApp, type TestApp } from '../support/app.js';

describe('the referrer policy', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ MAIL_URL: 'off' });
  });
  afterAll(() => app.close());

  it.each([
    ['GET', '/email/confirm?token=x', 410],
    ['GET', '/email/confirm?%74oken=x', 410],
    ['POST', '/email/confirm?token=x', 410],
    // Refused before the route: by its guard, for what the query holds, for a form of another site.
    ['GET', '/recovery/new-password?token=x', 404],
    ['GET', '/email/confirm?token=x&token=y', 400],
    ['POST', '/email/confirm/not-mine?token=x', 403],
    ['GET', '/nowhere?token=x', 404],
  ])('HD-03 lets no page see the token of %s %s', async (method, path, status) => {
    const headers = { 'sec-fetch-site': status === 403 ? 'cross-site' : 'same-origin' };
    const answer = await app.visitor().send(method, path, { headers });
    expect([answer.status, answer.headers.get('referrer-policy')]).toEqual([
      status,
      'strict-origin',
    ]);
  });

  it.each(['/', '/login?next=/settings', '/nowhere'])('is the usual one on %s', async (path) => {
    expect((await app.visitor().get(path)).headers.get('referrer-policy')).toBe('same-origin');
  });
});

it('LE-01 no token of a link stands in the log, whatever becomes of it', async () => {
  const app = await startApp();
  for (const path of ['/', '/nowhere', '/settings/password', '/login?next=1&next=2']) {
    await app.visitor().get(`${path}${path.includes('?') ? '&' : '?'}token=q7Zsecret`);
  }
  expect(app.log.join('')).toContain('path=/nowhere');
  expect(app.log.join('')).not.toContain('q7Zsecret');
  await app.close();
});
