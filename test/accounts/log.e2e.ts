import { MINUTE } from '../../src/core/clock.js';
import { Log } from '../../src/core/http/log.js';
import { CoreSettings } from '../../src/core/config/core.settings.js';
import { told } from '../support/activity.js';
import { ImmediateOutput, startApp, type TestApp } from '../support/app.js';
import { setUp, typeRecoveryCode, typeTotp } from '../support/authenticator.js';
import { settingsOf } from '../support/config.js';
import { link, someone, unlink } from '../support/identities.js';
import { addPasskey, softDevice } from '../support/passkeys.js';
import { RawClient } from '../support/raw-client.js';
import { verificationMail } from '../support/verification-mail.js';
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

it('LG-01 each way in, factor, address, mail and session that changes is one line as well', async () => {
  const email = 'traced@example.com';
  const owner = await app.person('traced');
  const userId = String((await app.user('traced'))?.['_id']);
  const secrets: string[] = [];
  const once = async <T>(event: string, by: Visitor, work: () => Promise<T>): Promise<T> => {
    const begin = app.log.length;
    const done = await work();
    const result = event.endsWith('failed') ? 'failure' : 'success';
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/);
    const line = { message: event, result, userId, address: by.address, time, requestId };
    expect([event, named(linesSince(begin), event)]).toEqual([
      event,
      [expect.objectContaining(line)],
    ]);
    return done;
  };
  const press = (page: string, action = page, more = {}) => owner.submit(page, more, action);
  const formOn = async (page: string, end: string) =>
    new RegExp(`action="([^"]+/${end})"`).exec((await owner.get(page)).html)?.[1] ?? '';
  const mailed = async (path: string, about: string) => {
    await told(app);
    const mails = (await app.mails(email)).filter(({ subject }) => subject?.includes(about));
    const texts = mails.map(({ text = '' }) => text);
    const found = texts.flatMap(
      (text) => text.match(new RegExp(`${path}\\?token=\\S+`, 'g')) ?? [],
    );
    secrets.push(...found.map((each) => each.split('.').at(-1) ?? ''));
    return found.at(-1) ?? '';
  };

  const { code } = await verificationMail(app, email);
  await once('email-verified', owner, () => owner.typeCode(code));
  const page = '/settings/email';
  await once('email-change-asked', owner, () => press(page, page, { email: 'other@example.net' }));
  await once('email-change-cancelled', owner, () => press(page, `${page}/cancel`));

  const who = someone();
  await once('identity-linked', owner, () => link(app, owner, 'google', who));
  await once('identity-unlinked', owner, () => unlink(owner, 'google'));

  const [own, passkeys] = [softDevice(app), '/settings/security/passkeys'];
  await once('passkey-added', owner, () => addPasskey(owner, own));
  app.advance(16 * MINUTE);
  await once('reauthenticated', owner, () =>
    press('/settings/confirm', '/settings/confirm', { currentPassword: PASSWORD }),
  );
  const removal = await formOn(passkeys, 'remove');
  await once('passkey-removed', owner, () => press(passkeys, removal));

  const security = '/settings/security';
  const steps = await once('authenticator-added', owner, () => setUp(app, owner));
  const { app: authenticator, codes } = steps;
  secrets.push(...codes, authenticator.code());
  const phone = app.visitor();
  await phone.login('traced');
  await once('second-step-failed', phone, () => typeTotp(phone, authenticator.wrong()));
  await once('device-trusted', phone, () =>
    typeTotp(phone, authenticator.code(), { trust: 'yes' }),
  );
  const device = await formOn(security, 'forget');
  await once('device-forgotten', owner, () => press(security, device));
  await phone.login('traced');
  await once('recovery-code-used', phone, () => typeRecoveryCode(phone, codes[0] ?? ''));
  await once('recovery-codes-made', owner, () => press(`${security}/recovery-codes`));

  const lost = app.visitor();
  await once('factor-reset-asked', lost, async () => {
    await lost.login('traced');
    await lost.submit('/login/lost-factor', {});
  });
  await once('factor-reset-cancelled', owner, () => press(security, `${security}/keep-factors`));
  await once('authenticator-removed', owner, () =>
    press(`${security}/authenticator`, `${security}/authenticator/remove`),
  );

  const sessions = '/settings/sessions';
  for (const event of ['session-ended', 'other-sessions-ended']) {
    await phone.login('traced');
    const action = event === 'session-ended' ? await formOn(sessions, 'end') : 'end-others';
    await once(event, owner, () => press(sessions, action.replace(/^end/, `${sessions}/end`)));
  }
  await once('logged-out-everywhere', owner, () => press(sessions, '/logout/everywhere'));

  const reader = app.visitor();
  const ask = () => reader.submit('/recovery', { identifier: 'traced' });
  await once('recovery-requested', reader, ask);
  const doubt = await mailed('/not-me', 'Set a new');
  await once('sessions-ended-by-mail', reader, () => reader.submit(doubt, {}));
  await ask();
  const recovery = await mailed('/recovery/new-password', 'Set a new');
  const next = { newPassword: NEXT, newPasswordAgain: NEXT };
  await once('recovered', reader, () => reader.submit(recovery, next, '/recovery/new-password'));
  await link(app, reader, 'github', someone());
  const changed = await mailed('/not-me', 'GitHub was connected');
  await once('undone', reader, () => reader.submit(changed, {}));
  for (const secret of [PASSWORD, NEXT, email, code, ...secrets]) {
    expect(secret.length).toBeGreaterThan(5);
    expect(app.log.join('')).not.toContain(secret);
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
