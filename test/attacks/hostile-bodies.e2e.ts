import type { Server } from 'node:http';
import zlib, { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { PasswordHasher } from '../../src/auth/passwords/password-hasher.js';
import { startApp, type TestApp } from '../support/app.js';
import { FORMS } from '../support/forms.js';
import { RawClient, statusesIn } from '../support/raw-client.js';
import { InterruptedHasher } from '../support/overrides.js';
import { PASSWORD } from '../support/visitor.js';

// Node 20 has none, and its types neither: there the coding is an unknown one.
const { zstdCompressSync } = zlib as { zstdCompressSync?: typeof gzipSync };

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(PasswordHasher).useClass(InterruptedHasher),
  );
});
afterAll(() => app.close());

it('PW-05 a password that is too long is refused before any hashing, at every door', async () => {
  const visitor = await app.person('long-words');
  const stranger = app.visitor();
  const hasher = app.nest.get<InterruptedHasher>(PasswordHasher);
  const doors = Object.entries(FORMS).flatMap(([path, form]) =>
    Object.keys(form)
      .filter((field) => /password/i.test(field))
      .map((field) => ({ path, form, field })),
  );
  expect(doors).toHaveLength(11);
  const send = async (path: string, form: Record<string, string>) => {
    const who = path === '/login' || path === '/register' ? stranger : visitor;
    const page = who === visitor ? '/settings/profile' : path;
    return who.send('POST', path, { body: { ...form, _csrf: await who.token(page) } });
  };
  // Whatever is hashed now is an error of ours.
  hasher.before = () => Promise.reject(new Error('hashed'));
  try {
    for (const { path, form, field } of doors) {
      const huge = { ...form, [field]: 'x'.repeat(1_000_000) };
      const answers = await Promise.all(Array.from({ length: 20 }, () => send(path, huge)));
      expect([path, field, ...new Set(answers.map(({ status }) => status))]).toEqual([
        path,
        field,
        413,
      ]);
    }
    const long = 'y'.repeat(257);
    for (const { path, form } of [
      { path: '/login', form: { identifier: 'long-words', password: long } },
      { path: '/register', form: { ...FORMS['/register'], password: long, passwordAgain: long } },
      { path: '/settings/delete', form: { ...FORMS['/settings/delete'], currentPassword: long } },
      { path: '/settings/confirm', form: { currentPassword: long } },
    ]) {
      expect((await send(path, form)).status).toBe(422);
    }
  } finally {
    hasher.resume();
  }
  const long = { newPassword: 'y'.repeat(257), newPasswordAgain: 'y'.repeat(257) };
  expect((await send('/settings/password', { currentPassword: PASSWORD, ...long })).text).toContain(
    'Use at most 256 characters',
  );
  expect(
    (await visitor.submit('/settings/password', FORMS['/settings/password'] ?? {})).status,
  ).toBe(303);
});

describe('a body', () => {
  const form = 'application/x-www-form-urlencoded';
  const post = (body: string | Buffer, headers: string[]) => {
    const port = Number(new URL(app.origin).port);
    const head = ['POST /login HTTP/1.1', 'Host: localhost', `Content-Type: ${form}`, ...headers];
    return new RawClient(port).send(`${head.join('\r\n')}\r\n\r\n`).send(body);
  };

  it.each([
    ['200 KB', `a=${'x'.repeat(200_000)}`],
    ['1,100 fields', Array.from({ length: 1100 }, (_, index) => `a${index}=1`).join('&')],
    ['10,000 members of a list', 'a[]=1&'.repeat(10_000)],
    ['51 fields', Array.from({ length: 51 }, (_, index) => `a${index}=1`).join('&')],
  ])('IN-08 of %s is too large', async (_, body) => {
    const begin = process.cpuUsage();
    expect((await app.visitor().send('POST', '/login', { body })).status).toBe(413);
    expect(process.cpuUsage(begin).user / 1000).toBeLessThan(1000);
  });

  it('IN-08 of 40 levels is refused, and so is a name without end', async () => {
    for (const body of [`a${'[a]'.repeat(40)}=1`, `${'a'.repeat(15_000)}[=1`, '&'.repeat(15_000)]) {
      expect([400, 403, 413]).toContain(
        (await app.visitor().send('POST', '/login', { body })).status,
      );
    }
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ...(zstdCompressSync ? ([['zstd', zstdCompressSync]] as const) : []),
  ] as const)(
    'IN-08 that a bomb of %s becomes is too large, and nothing is kept of it',
    async (coding, compress) => {
      const bomb = compress(Buffer.alloc(50_000_000, 'a=1'));
      const memory = process.memoryUsage().rss;
      const headers = [
        `Content-Length: ${bomb.length}`,
        `Content-Encoding: ${coding}`,
        'Connection: close',
      ];
      const clients = Array.from({ length: 20 }, () => post(bomb, headers));
      for (const client of clients) {
        expect(statusesIn(await client.untilClosed())).toEqual([413]);
      }
      expect(process.memoryUsage().rss - memory).toBeLessThan(200_000_000);
      const honest = compress(Buffer.from('identifier=x'));
      const small = [
        `Content-Length: ${honest.length}`,
        `Content-Encoding: ${coding}`,
        'Connection: close',
      ];
      expect(statusesIn(await post(honest, small).untilClosed())).toEqual([403]);
    },
  );

  it('IN-08 in an unknown coding, or in a chain of them, is refused', async () => {
    const unknown = ['x-bomb', 'gzip, gzip', 'compress', 'identity, gzip'];
    for (const coding of zstdCompressSync ? unknown : [...unknown, 'zstd']) {
      const client = post('a=1', [
        'Content-Length: 3',
        `Content-Encoding: ${coding}`,
        'Connection: close',
      ]);
      expect(statusesIn(await client.untilClosed())).toEqual([415]);
    }
  });

  it('IN-09 with a raw byte that is no UTF-8 is refused, one with raw UTF-8 is read', async () => {
    for (const [text, status] of [
      ['identifier=a\xe9&password=x', 400],
      // Read, and refused for want of a token.
      ['identifier=a\xc3\xa9&password=x', 403],
    ] as const) {
      const client = post(text, [`Content-Length: ${text.length}`, 'Connection: close']);
      expect(statusesIn(await client.untilClosed())).toEqual([status]);
    }
  });

  it('IN-08 without an end is cut off, with its connection', async () => {
    const client = post('', ['Transfer-Encoding: chunked']);
    const chunk = `1000\r\n${'a'.repeat(4096)}\r\n`;
    for (let sent = 0; sent < 100; sent++) client.send(chunk);
    expect(statusesIn(await client.until('</html>'))).toEqual([413]);
    const begin = performance.now();
    for (let sent = 0; sent < 600; sent++) client.send(chunk);
    // The cut comes as a reset.
    await client.untilClosed().catch(() => '');
    // Before the limit on slow requests would end it.
    const { requestTimeout }: Server = app.nest.getHttpServer();
    expect(performance.now() - begin).toBeLessThan(requestTimeout / 2);
  });
});

it('IN-09 malformed paths, queries, cookies, charsets and kinds get a plain page', async () => {
  const visitor = app.visitor();
  expect((await visitor.get('/users/%E0%A4%A')).status).toBe(400);
  expect((await visitor.get('/%E0%A4%A')).status).toBeLessThan(500);
  expect((await visitor.get('/login?next=%E0%A4%A')).status).toBeLessThan(500);
  expect(
    (await visitor.get('/', { headers: { cookie: 'test-session=%E0%A4%A; test-devices=%' } }))
      .status,
  ).toBe(200);
  for (const [type, body] of [
    ['application/x-www-form-urlencoded; charset=utf-7', 'a=b'],
    ['application/x-www-form-urlencoded; charset=utf-16', 'a=b'],
    ['application/json', '{"a":'],
    ['application/json; charset=utf-7', '{}'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n1\r\n--x--',
    ],
    ['multipart/form-data', 'x'],
    ['text/html', '<p>'],
    ['/', 'x'],
  ] as const) {
    const answer = await visitor.send('POST', '/login', {
      body,
      headers: { 'content-type': type },
    });
    expect([type, answer.status]).toEqual([type, 415]);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.text).toContain('We couldn’t read that request');
  }
});
