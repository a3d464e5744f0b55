import { Authenticator, codesOn, keyOn, typeRecoveryCode } from '../support/authenticator.js';
import { PRODUCTION, useProcesses } from '../support/process.js';
import { type Answer, PASSWORD, type Visitor } from '../support/visitor.js';

const processes = useProcesses();

it('SE-09, HD-02 in production the cookie is bound to the host, the headers ask for https, the log is JSON', async () => {
  const app = await processes.start(PRODUCTION);
  await app.answers('/health/ready', 200);
  const visitor = app.visitor();
  const answer = await visitor.register('producer');
  const next = 'four louder harbours';
  const change = { currentPassword: PASSWORD, newPassword: next, newPasswordAgain: next };
  const crawl = [
    answer,
    await visitor.submit('/settings/profile', { username: 'producer', name: 'P' }),
    await visitor.submit('/settings/password', change),
    await visitor.logout(),
    await visitor.get('/login'),
    await visitor.login('producer', next, { remember: 'yes' }),
    ...(await twoSteps(app.visitor())),
    await app.visitor().send('POST', '/login/passkey/options'),
    await app
      .visitor()
      .submit('/register/passkey', { username: 'keyed', email: 'keyed@example.com', name: '' }),
    await visitor.deleteAccount({ currentPassword: next }),
    await app.visitor().get('/register'),
    await app.visitor().get('/', { headers: { cookie: '__Host-latchkey-session=old.one' } }),
  ];
  const cookies = crawl.flatMap(({ headers }) => headers.getSetCookie());
  const names = cookies.map((cookie) => cookie.slice(0, cookie.indexOf('=')));
  const all = [
    'browser',
    'browser-script',
    'devices',
    'last-way',
    'notices',
    'pending-login',
    'session',
    'trusted',
  ];
  expect([...new Set(names)].toSorted()).toEqual(all.map((name) => `__Host-latchkey-${name}`));
  for (const cookie of cookies) {
    for (const flag of ['Secure', 'HttpOnly', 'Path=/', 'SameSite=Lax'])
      expect(cookie).toContain(flag);
    expect(cookie).not.toMatch(/Domain|producer|stepper|example\.com/);
    expect(cookie.length).toBeLessThan(600);
  }
  const hsts = answer.headers.get('strict-transport-security') ?? '';
  expect(Number(/max-age=(\d+)/.exec(hsts)?.[1])).toBeGreaterThanOrEqual(31_536_000);
  expect(hsts).not.toContain('includeSubDomains');
  expect(JSON.parse(await app.line('"message":"registered"'))).toMatchObject({
    result: 'success',
    address: '127.0.0.1',
    requestId: expect.any(String),
    time: expect.stringMatching(/Z$/),
  });
});

/** Sets an app up, and logs in with it to a browser that is trusted. @returns the answers */
async function twoSteps(visitor: Visitor): Promise<Answer[]> {
  const answers = [await visitor.register('stepper')];
  const page = '/settings/security/authenticator';
  const app = new Authenticator(() => new Date(), keyOn(await visitor.get(page)));
  const done = await visitor.submit(page, { totp: app.code(), currentPassword: PASSWORD });
  answers.push(done, await visitor.logout(), await visitor.login('stepper'));
  const [code = ''] = codesOn(done);
  answers.push(await typeRecoveryCode(visitor, code, { trust: 'yes' }));
  expect(await visitor.whoami()).toBe('stepper');
  return answers;
}

it('SE-09 in production on http://localhost no cookie needs https, and people are let in', async () => {
  const app = await processes.start({ ...PRODUCTION, BASE_URL: 'http://localhost' });
  await app.answers('/health/ready', 200);
  const visitor = app.visitor();
  const crawl = [
    await visitor.register('local'),
    await visitor.logout(),
    await visitor.login('local', PASSWORD, { remember: 'yes' }),
  ];
  const cookies = crawl.flatMap(({ headers }) => headers.getSetCookie());
  expect(cookies.length).toBeGreaterThan(3);
  for (const cookie of cookies) {
    expect(cookie).toMatch(/^latchkey-[\w-]+=/);
    expect(cookie).not.toContain('Secure');
    for (const flag of ['HttpOnly', 'Path=/', 'SameSite=Lax']) expect(cookie).toContain(flag);
  }
  expect(await visitor.whoami()).toBe('local');
});

it('HD-02 asks for https on the hosts below as well where a setting says so', async () => {
  const app = await processes.start({ ...PRODUCTION, HSTS_SUBDOMAINS: 'yes' });
  await app.answers('/health/live', 200);
  const { headers } = await app.visitor().get('/login');
  expect(headers.get('strict-transport-security')).toContain('includeSubDomains');
});

it('FA-13 in production without keys there is no provider, no stub and no page of development', async () => {
  const app = await processes.start(PRODUCTION);
  await app.answers('/health/ready', 200);
  const visitor = app.visitor();
  expect((await visitor.get('/login')).html).not.toContain('action="/oauth/');
  expect((await visitor.register('unprovided')).status).toBe(303);
  const { text } = await visitor.get('/settings/identities');
  expect(text).toContain('There are no accounts to connect here.');
  const body = { _csrf: await visitor.token('/settings/profile') };
  for (const path of ['/oauth/google/link', '/development/oauth/google']) {
    expect((await visitor.send('POST', path, { body })).status).toBe(404);
  }
  expect((await visitor.get('/development/oauth')).status).toBe(404);
  expect(app.output).not.toContain('stub');
});
