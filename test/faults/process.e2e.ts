import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PASSWORD } from '../support/visitor.js';
import { RawClient, statusesIn } from '../support/raw.js';
import { PRODUCTION, type Running, useProcesses } from '../support/process.js';

const processes = useProcesses();

it('FA-05, FA-07 ends cleanly on SIGTERM, and a restart finds the account and the session again', async () => {
  // The port is another one after the restart, and with it the cookies' usual prefix.
  const environment = { BCRYPT_COST: '4', COOKIE_PREFIX: 'restarted' };
  const first = await processes.start(environment);
  await first.answers('/health/ready', 200);
  const person = first.visitor();
  expect((await person.register('survivor')).status).toBe(303);
  const { code, took } = await first.stop();
  expect(code).toBe(0);
  expect(took).toBeLessThan(10_000);

  const second = await processes.start(environment);
  await second.answers('/health/ready', 200);
  const again = second.visitor();
  for (const [name, value] of person.cookies) again.cookies.set(name, value);
  expect(await again.whoami()).toBe('survivor');
  expect((await second.visitor().login('survivor')).location).toBe('/');
});

it('SE-09, HD-02 in production the cookie is bound to the host, the headers ask for https, the log is JSON', async () => {
  const app = await processes.start(PRODUCTION);
  await app.answers('/health/ready', 200);
  const visitor = app.visitor();
  const answer = await visitor.register('producer');
  const next = 'four louder harbours';
  const change = { currentPassword: PASSWORD, newPassword: next, newPasswordAgain: next };
  const crawl = [
    answer,
    await visitor.submit('/settings', { username: 'producer', name: 'P' }),
    await visitor.submit('/settings/password', change),
    await visitor.logout(),
    await visitor.get('/login'),
    await visitor.login('producer', next, { remember: 'yes' }),
    await visitor.submit('/settings/delete', { currentPassword: next }),
    await app.visitor().get('/register'),
    await app.visitor().get('/', { headers: { cookie: '__Host-latchkey-session=old.one' } }),
  ];
  const cookies = crawl.flatMap(({ headers }) => headers.getSetCookie());
  expect(cookies.length).toBeGreaterThan(7);
  for (const cookie of cookies) {
    expect(cookie).toMatch(/^__Host-latchkey-(session|devices|notices)=/);
    for (const flag of ['Secure', 'HttpOnly', 'Path=/', 'SameSite=Lax'])
      expect(cookie).toContain(flag);
    expect(cookie).not.toMatch(/Domain|producer|example\.com/);
    expect(cookie.length).toBeLessThan(600);
  }
  const hsts = answer.headers.get('strict-transport-security') ?? '';
  expect(Number(/max-age=(\d+)/.exec(hsts)?.[1])).toBeGreaterThanOrEqual(31_536_000);
  expect(hsts).not.toContain('includeSubDomains');
  const lines = app.output.split('\n').filter((line) => line.includes('"message":"registered"'));
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    result: 'success',
    address: '127.0.0.1',
    requestId: expect.any(String),
    time: expect.stringMatching(/Z$/),
  });
});

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
    expect(cookie).toMatch(/^latchkey-\w+=/);
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

it('SE-13, FA-13 refuses to start on bad settings, says each reason and never the value', async () => {
  const app = await processes.start({
    NODE_ENV: 'production',
    BASE_URL: 'http://accounts.example.org',
    SESSION_SECRET: 'short-value',
    TRUST_PROXY: 'true',
  });
  expect(await app.exit()).toBe(1);
  for (const name of [
    'BASE_URL',
    'SESSION_SECRET',
    'PASSWORD_PEPPER',
    'TRUST_PROXY',
    'MONGODB_URI',
  ]) {
    expect(app.output).toContain(name);
  }
  expect(app.output).not.toContain('short-value');
  expect(app.output).not.toContain('    at ');
});

it('S05 takes its settings from an env file too, and the environment goes before it', async () => {
  writeFileSync(join(processes.folder, '.env'), 'BRAND=Filed\nBCRYPT_COST=nonsense\n');
  const app = await processes.start({ BCRYPT_COST: '4' });
  await app.answers('/health/ready', 200);
  expect((await app.visitor().get('/')).html).toContain('<title>Home · Filed</title>');
});

it('FA-13, LE-02 refuses to start in production on keys that are half set, examples, or go over http', async () => {
  const keys = { GOOGLE_CLIENT_ID: '4711.apps', GOOGLE_CLIENT_SECRET: 'GOCSPX-9f2k' };
  const app = await processes.start({
    ...PRODUCTION,
    ...keys,
    GOOGLE_TOKEN_URL: 'http://127.0.0.1:9/token',
    GITHUB_CLIENT_ID: 'Iv1.4711',
    FACEBOOK_CLIENT_ID: '4711',
    FACEBOOK_CLIENT_SECRET: 'change-me-b8f3c9',
  });
  expect(await app.exit()).toBe(1);
  expect(app.output).toContain('GOOGLE_TOKEN_URL must be an absolute https:// address.');
  expect(app.output).toContain('GITHUB_CLIENT_SECRET is missing, though GITHUB_CLIENT_ID is set');
  expect(app.output).toContain('FACEBOOK_CLIENT_SECRET looks like an example.');
  expect(app.output).not.toMatch(/b8f3c9|9f2k|\n {4}at /);

  const good = await processes.start({ ...PRODUCTION, ...keys });
  await good.answers('/health/ready', 200);
  expect((await good.visitor().get('/login')).html).toContain('action="/oauth/google"');
  // Nothing of development is there.
  for (const path of ['/development/oauth', '/development/oauth/google']) {
    expect((await good.visitor().get(path)).status).not.toBe(200);
  }
  expect(good.output).not.toContain('stub');
});

it('FA-13 in production without keys there is no provider, no stub and no page of development', async () => {
  const app = await processes.start(PRODUCTION);
  await app.answers('/health/ready', 200);
  const visitor = app.visitor();
  expect((await visitor.get('/login')).html).not.toContain('action="/oauth/');
  expect((await visitor.register('unprovided')).status).toBe(303);
  const { text } = await visitor.get('/settings/identities');
  expect(text).toContain('This site offers no accounts to connect.');
  const body = { _csrf: await visitor.token('/settings') };
  for (const path of ['/oauth/google/link', '/development/oauth/google']) {
    expect((await visitor.send('POST', path, { body })).status).toBe(404);
  }
  expect((await visitor.get('/development/oauth')).status).toBe(404);
  expect(app.output).not.toContain('stub');
});

it('FA-05 a stop finishes what is in flight, takes nothing new and is not ready meanwhile', async () => {
  const app = await processes.start({ BCRYPT_COST: '4' });
  await app.answers('/health/ready', 200);
  await app.visitor().register('in-flight');
  const visitor = app.visitor();
  const _csrf = await visitor.token('/login');
  const body = new URLSearchParams({
    _csrf,
    identifier: 'in-flight',
    password: PASSWORD,
  }).toString();
  const cookie = [...visitor.cookies].map((pair) => pair.join('=')).join('; ');
  const client = new RawClient(app.port).send(
    [
      'POST /login HTTP/1.1',
      'Host: localhost',
      `Cookie: ${cookie}`,
      'Sec-Fetch-Site: same-origin',
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${body.length}`,
      'Expect: 100-continue',
      '\r\n',
    ].join('\r\n'),
  );
  await client.until('100 Continue');
  client.send(body.slice(0, 10));
  const stopped = app.stop();
  await app.answers('/health/live', 0);
  client.send(`${body.slice(10)}GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const received = await client.untilClosed();
  expect(statusesIn(received)).toEqual([100, 303, 503]);
  expect(received).toMatch(/location: \/\r\n/i);
  const { code, took } = await stopped;
  expect(code).toBe(0);
  expect(took).toBeLessThan(5000);
});

it('FA-05 a request that never ends does not hold up a stop for 10 seconds', async () => {
  const app = await processes.start({});
  await app.answers('/health/ready', 200);
  const client = new RawClient(app.port).send(
    [
      'POST /login HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/x-www-form-urlencoded',
      'Content-Length: 10',
      'Expect: 100-continue',
      '\r\n',
    ].join('\r\n'),
  );
  await client.until('100 Continue');
  const { code, took } = await app.stop();
  expect(code).toBe(0);
  expect(took).toBeLessThan(10_000);
  client.end();
});

describe('a mistake of ours', () => {
  const accepts = {
    'text/html': 'text/html',
    '*/*': 'text/html',
    'application/json': 'application/json',
  };

  it.each([
    ['in production', PRODUCTION],
    ['with nothing set', {}],
  ])('LE-02 tells a stranger nothing but an id, %s', async (_, environment) => {
    const app = await processes.start({ ...environment }, true);
    await app.answers('/health/ready', 200);
    const visitor = app.visitor();
    const body = {
      _csrf: await visitor.token('/login'),
      identifier: 'fault-thrown',
      password: 'hunter2hunter2',
    };
    for (const [accept, type] of Object.entries(accepts)) {
      const answer = await visitor.send('POST', '/login', { body, headers: { accept } });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        500,
        expect.stringContaining(type),
      ]);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(answer.headers.get('cache-control')).toBe('no-store');
      for (const secret of [
        'cause',
        'hunter2',
        'secret/path',
        '    at ',
        'Error:',
        '.js',
        '.ts:',
      ]) {
        expect(answer.html.replace(/src="[^"]+"/g, '')).not.toContain(secret);
      }
      const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(answer.html)?.[0] ?? 'none';
      const lines = app.output.split('\n').filter((line) => line.includes(id));
      expect(lines.some((line) => line.includes('the cause'))).toBe(true);
    }
    expect((await visitor.login('nobody', 'hunter2hunter2')).status).toBe(422);
  });

  it('FA-11 a thousand times, thrown or rejected where nobody waits, each ends its own request alone', async () => {
    const app = await processes.start({ ...PRODUCTION, BCRYPT_COST: '12' }, true);
    await app.answers('/health/ready', 200);
    await app.visitor().register('bystander');
    const visitor = app.visitor();
    const _csrf = await visitor.token('/login');
    const kinds = ['fault-thrown', 'fault-rejected-alone', 'fault-thrown-alone'];
    const statuses = new Set<number>();
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          visitor.send('POST', '/login', {
            body: { _csrf, identifier: kinds[index % 3] ?? '', password: 'correct horse' },
          }),
        ),
      );
      for (const { status } of answers) statuses.add(status);
    }
    expect([...statuses]).toEqual([500]);
    expect((await app.visitor().login('bystander')).location).toBe('/');
    expect(app.output).not.toContain('correct horse');
    expect((await app.stop()).code).toBe(0);
  });
});

it('SE-13 a new secret in front keeps the old cookies; without the old one they make a stranger', async () => {
  const old = PRODUCTION.SESSION_SECRET;
  const fresh = 'nB4vCx8zLk2jHg6fDs9aPo3iUy7tRe5w';
  const first = await processes.start(PRODUCTION);
  await first.answers('/health/ready', 200);
  const person = first.visitor();
  await person.register('rotated');
  await first.stop();

  const carried = (running: Running) => {
    const visitor = running.visitor();
    for (const [name, value] of person.cookies) visitor.cookies.set(name, value);
    return visitor;
  };
  const second = await processes.start({ ...PRODUCTION, SESSION_SECRET: `${fresh},${old}` });
  await second.answers('/health/ready', 200);
  expect(await carried(second).whoami()).toBe('rotated');
  await second.stop();

  const third = await processes.start({ ...PRODUCTION, SESSION_SECRET: fresh });
  await third.answers('/health/ready', 200);
  const stranger = carried(third);
  expect((await stranger.get('/')).status).toBe(200);
  expect(await stranger.whoami()).toBeNull();
  expect((await stranger.login('rotated')).location).toBe('/');
});
