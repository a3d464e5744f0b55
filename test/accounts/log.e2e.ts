import { Log } from '../../src/core/http/log.js';
import { CoreSettings } from '../../src/core/config/core.settings.js';
import { settingsOf } from '../support/config.js';
import { ImmediateOutput, startApp, type TestApp } from '../support/app.js';
import { RawClient } from '../support/raw-client.js';
import { PASSWORD, type Visitor } from '../support/visitor.js';

let app: TestApp;
/** What was written before, for people to read. */
let start = 0;
beforeAll(async () => {
  // As in production: one JSON text a line.
  const log = new Log({ ...settingsOf(CoreSettings), production: true }, new ImmediateOutput());
  app = await startApp({}, (testing) => testing.overrideProvider(Log).useValue(log));
  start = app.log.length;
});
afterAll(() => app.close());

type Line = Record<string, unknown>;

function linesSince(begin: number): Line[] {
  return (
    app.log
      .slice(begin)
      .flatMap((written) => written.split('\n'))
      // Before the switch to JSON there was the start alone.
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line)
  );
}

function named(lines: Line[], ...events: string[]): Line[] {
  return lines.filter(({ message }) => events.includes(String(message)));
}

const AGENT = 'Tester/1.0 (of logs)';
const NEXT = 'four louder harbours';

async function post(visitor: Visitor, path: string, page: string, fields: Record<string, string>) {
  const body = { _csrf: await visitor.token(page), ...fields };
  return visitor.send('POST', path, { body, headers: { 'user-agent': AGENT } });
}

it('LG-01 each thing that happens to an account is one line: when, what, who, from where, how it ended', async () => {
  const visitor = app.visitor('203.0.113.200');
  const expected: [string, string][] = [];
  const secrets: string[] = [PASSWORD, NEXT, 'wrong password', 'audited@example.com'];
  let userId = '';
  const once = async (event: string, result: string, work: () => Promise<unknown>) => {
    const begin = app.log.length;
    await work();
    const user = (await app.users()).find(({ username }) => String(username).startsWith('audit'));
    userId = user ? String(user['_id']) : userId;
    if (user) secrets.push(String(user['passwordHash']));
    secrets.push(decodeURIComponent(visitor.cookies.get('test-session') ?? 'none').slice(2, 34));
    const lines = named(linesSince(begin), event);
    expect([event, lines]).toEqual([
      event,
      [
        expect.objectContaining({
          message: event,
          result,
          userId,
          address: '203.0.113.200',
          userAgent: AGENT,
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        }),
      ],
    ]);
    // The line of the request itself is found by the same id.
    const requests = named(linesSince(begin), 'request');
    expect(requests.map(({ requestId }) => requestId)).toContain(lines[0]?.['requestId']);
    expected.push([event, result]);
  };
  const account = {
    username: 'audited',
    email: 'audited@example.com',
    name: 'A',
    password: PASSWORD,
    passwordAgain: PASSWORD,
  };
  const change = { currentPassword: PASSWORD };
  await once('registered', 'success', () => post(visitor, '/register', '/register', account));
  await once('logged-out', 'success', () => post(visitor, '/logout', '/', {}));
  const login = (password: string) =>
    post(visitor, '/login', '/login', { identifier: 'audited', password });
  await once('login-failed', 'failure', () => login('wrong password'));
  await once('logged-in', 'success', () => login(PASSWORD));
  await once('profile-changed', 'success', () =>
    post(visitor, '/settings/profile', '/settings/profile', { username: 'audited-2', name: 'B' }),
  );
  await once('email-changed', 'success', () =>
    post(visitor, '/settings/email', '/settings/profile', {
      ...change,
      email: 'audited-2@example.com',
    }),
  );
  await once('password-changed', 'success', () =>
    post(visitor, '/settings/password', '/settings/profile', {
      ...change,
      newPassword: NEXT,
      newPasswordAgain: NEXT,
    }),
  );
  for (const [path, fields] of [
    ['/settings/confirm', {}],
    ['/settings/password', { newPassword: NEXT, newPasswordAgain: NEXT }],
    ['/settings/delete', { confirmation: 'audited-2' }],
  ] as const) {
    await once('reauthentication-failed', 'failure', () =>
      post(visitor, path, '/settings/profile', { currentPassword: 'wrong password', ...fields }),
    );
    expect(named(linesSince(start), 'reauthentication-failed').at(-1)).toMatchObject({
      step: path,
      reason: 'wrong-password',
    });
  }
  for (let guess = 0; guess < 2; guess++) {
    await post(visitor, '/settings/delete', '/settings/profile', {
      confirmation: 'audited-2',
      currentPassword: 'wrong password',
    });
  }
  await once('reauthentication-failed', 'failure', () =>
    post(visitor, '/settings/delete', '/settings/profile', {
      confirmation: 'audited-2',
      currentPassword: NEXT,
    }),
  );
  expect(named(linesSince(start), 'reauthentication-failed').at(-1)).toMatchObject({
    reason: 'limit',
  });
  app.advance(5 * 60_000);
  await once('deleted', 'success', () =>
    post(visitor, '/settings/delete', '/settings/profile', {
      confirmation: 'audited-2',
      currentPassword: NEXT,
    }),
  );
  expect(new Set(expected.map(([event]) => event)).size).toBe(9);
  for (const secret of secrets) {
    if (secret.length > 5) expect(app.log.join('')).not.toContain(secret);
  }
});

it('LG-01 a try at nobody, a refused form and a closed page are there as well', async () => {
  const begin = app.log.length;
  const visitor = app.visitor();
  await post(visitor, '/login', '/login', {
    identifier: 'my-secret-typed-by-mistake',
    password: 'x',
  });
  const body = { identifier: 'x', password: 'x' };
  await visitor.send('POST', '/login', { body, unmarked: true });
  await visitor.get('/settings/delete?token=in-the-query');
  const lines = linesSince(begin);
  expect(named(lines, 'login-failed')).toEqual([
    expect.objectContaining({ userId: 'none', result: 'failure', method: 'password' }),
  ]);
  expect(named(lines, 'request')).toContainEqual(
    expect.objectContaining({
      method: 'POST',
      path: '/login',
      status: 403,
      address: visitor.address,
    }),
  );
  expect(named(lines, 'request')).toContainEqual(
    expect.objectContaining({ path: '/settings/delete', status: 303 }),
  );
  expect(app.log.slice(begin).join('')).not.toMatch(/my-secret|in-the-query/);
});

it('LG-02 nothing that a stranger sends makes a second line, a control character or a longer line than it may', async () => {
  const begin = app.log.length;
  const forged = '{"time":"2020-01-01T00:00:00.000Z","message":"logged-in","userId":"admin"}';
  const texts = [
    `x\r\n${forged}`,
    '\u001b[2J\u001b[31mred',
    '%s%o%d%j%n',
    'a\u2028b\u2029c\u0085d',
    '\u202eesrever\u2066',
    forged,
    '\\u{a}\\n',
    '"}\n{"message":"logged-in"}',
    'x'.repeat(4000),
    '\u{e0041}\ud800',
  ];
  for (const text of texts) {
    const visitor = app.visitor();
    const body = {
      _csrf: await visitor.token('/login'),
      identifier: text,
      password: text,
      next: text,
    };
    expect((await visitor.send('POST', '/login', { body })).status).toBe(422);
    await visitor.get(`/${encodeURIComponent(Buffer.from(text).toString())}`);
    // What a client library would refuse to send.
    const bytes = Buffer.from(text.replace(/[\r\n\0]/g, ''), 'utf8');
    for (const head of [
      [Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: '), bytes],
      [Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: '), bytes],
      [Buffer.from('GET /'), bytes, Buffer.from(' HTTP/1.1\r\nHost: x\r\nConnection: close')],
    ]) {
      const client = new RawClient(Number(new URL(app.origin).port));
      await client.send(Buffer.concat([...head, Buffer.from('\r\n\r\n')])).untilClosed();
    }
  }
  const written = app.log.slice(begin);
  expect(written.length).toBeGreaterThan(texts.length * 3);
  for (const line of written) {
    expect(line.endsWith('\n')).toBe(true);
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    expect(line.length).toBeLessThan(8000);
    const parsed = JSON.parse(line) as Line;
    expect(['request', 'login-failed', 'fault']).toContain(parsed['message']);
    expect(parsed['userId'] ?? 'none').toBe('none');
  }
});
