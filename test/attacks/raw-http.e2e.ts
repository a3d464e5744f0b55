import type { Server } from 'node:http';
import { startApp, type TestApp } from '../support/app.js';
import { exchange, RawClient, statusesIn } from '../support/raw.js';

let app: TestApp;
let port: number;
beforeAll(async () => {
  app = await startApp();
  port = Number(new URL(app.origin).port);
});
afterAll(() => app.close());

const HOST = 'Host: localhost';
const CLOSE = 'Connection: close';

async function stillAnswers(): Promise<void> {
  expect((await app.visitor().get('/health/live')).status).toBe(200);
}

describe('paths', () => {
  it.each([
    '/../.env',
    '/../../../../etc/passwd',
    '/%2e%2e/.env',
    '/assets/../.env',
    '/assets/..%2f..%2f.env',
    '/assets/..%5c..%5c.env',
    '/assets/..\\..\\.env',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/app.css%00.js',
    '/assets',
    '/assets/',
    '//etc/passwd',
    '/%00',
    '/%',
    '/.git/HEAD',
    '/.git/config',
    '/.env',
    '/.env.example',
    '/package.json',
    '/package-lock.json',
    '/dist/src/main.js',
    '/dist/src/main.js.map',
    '/assets/app.js.map',
    '/views/auth/login.hbs',
    '/.data/development-secrets.json',
    '/metrics',
    '/api-docs',
    '/swagger',
    '/health',
    '/server-status',
    'http://evil.example/.env',
    'file:///etc/passwd',
  ])('ST-01 there is nothing at %s', async (path) => {
    const answer = await exchange(port, `GET ${path} HTTP/1.1`, HOST, CLOSE, '');
    expect([400, 404]).toContain(statusesIn(answer)[0]);
    for (const secret of [
      'root:',
      'SESSION_SECRET',
      '"dependencies"',
      'sourceMappingURL',
      'ref:',
    ]) {
      expect(answer).not.toContain(secret);
    }
  });

  it('ST-01 a path of 16 KB is refused, and the next request is answered', async () => {
    const answer = await exchange(port, `GET /${'a'.repeat(16_384)} HTTP/1.1`, HOST, CLOSE, '');
    expect([400, 404, 414, 431]).toContain(statusesIn(answer)[0]);
    await stillAnswers();
  });

  it('AZ-02 no spelling of a path that only a raw client can send gets past the guard', async () => {
    for (const path of [
      '/./settings',
      '/x/../settings',
      '//settings',
      '/settings?',
      '/settings#',
    ]) {
      const answer = await exchange(port, `GET ${path} HTTP/1.1`, HOST, CLOSE, '');
      expect([303, 400, 404]).toContain(statusesIn(answer)[0]);
      expect(answer).not.toContain('name="username"');
    }
    const absolute = await exchange(
      port,
      'GET http://evil.example/settings HTTP/1.1',
      HOST,
      CLOSE,
      '',
    );
    expect(statusesIn(absolute)).toEqual([303]);
    expect(absolute).not.toMatch(/^location: (?!\/login\?next=)/im);
  });
});

describe('methods', () => {
  it.each(['TRACE', 'CONNECT', 'FOO', 'PROPFIND', 'PUT', 'DELETE', 'LOCK', 'get'])(
    'HD-06 %s does nothing',
    async (method) => {
      for (const path of ['/settings', '/login', '/nowhere']) {
        const answer = await exchange(
          port,
          `${method} ${path} HTTP/1.1`,
          HOST,
          CLOSE,
          'X-Canary: reflected',
          '',
        );
        // A closed connection without a word is Node's answer to CONNECT.
        const [status] = statusesIn(answer);
        if (method !== 'CONNECT') expect([400, 404, 405, 501]).toContain(status);
        expect([undefined, 400, 404, 405, 501]).toContain(status);
        expect(answer).not.toContain('reflected');
      }
      await stillAnswers();
    },
  );
});

describe('where one request ends and the next begins', () => {
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const chunked = `0\r\n\r\n${smuggled}`;

  it.each([
    ['CL and TE', ['Content-Length: 4', 'Transfer-Encoding: chunked'], chunked],
    ['TE and CL', ['Transfer-Encoding: chunked', 'Content-Length: 4'], chunked],
    ['two lengths', ['Content-Length: 5', 'Content-Length: 0'], smuggled],
    ['a list of lengths', ['Content-Length: 5, 0'], smuggled],
    ['a signed length', ['Content-Length: +0'], smuggled],
    ['a hexadecimal length', ['Content-Length: 0x0'], smuggled],
    ['a negative length', ['Content-Length: -1'], smuggled],
    ['a huge length', ['Content-Length: 99999999999999999999'], smuggled],
    ['a space before the colon', ['Transfer-Encoding : chunked'], chunked],
    ['an unknown coding', ['Transfer-Encoding: xchunked'], chunked],
    ['chunked that is not last', ['Transfer-Encoding: chunked, identity'], chunked],
    ['a tab and a coding', ['Transfer-Encoding:\tchunked', 'Content-Length: 4'], chunked],
    ['a header folded', ['X: a', ' b', 'Transfer-Encoding: x', ' chunked'], chunked],
    ['a bad chunk size', ['Transfer-Encoding: chunked'], `zz\r\n${chunked}`],
    ['a chunk longer than it says', ['Transfer-Encoding: chunked'], `1\r\nabc\r\n${chunked}`],
    ['a negative chunk', ['Transfer-Encoding: chunked'], `-1\r\n${chunked}`],
    ['a bare LF after a chunk size', ['Transfer-Encoding: chunked'], `1\na\n${chunked}`],
    ['a header without a name', [': x', 'Content-Length: 0'], smuggled],
    ['a NUL in a header', ['X: a\0b', 'Content-Length: 0'], smuggled],
    ['a bare CR in a header', ['X: a\rTransfer-Encoding: chunked'], chunked],
  ])('ST-02 %s is refused and the connection closed', async (_, headers, body) => {
    const before = app.log.length;
    const client = new RawClient(port).send(
      [
        'POST /login HTTP/1.1',
        HOST,
        'Content-Type: application/x-www-form-urlencoded',
        ...headers,
        '',
        body,
      ].join('\r\n'),
    );
    const answer = await client.untilClosed();
    expect(statusesIn(answer)).toEqual([400]);
    expect(app.log.slice(before).join('')).not.toContain('smuggled');
    await stillAnswers();
  });

  it.each([
    ['without a Host', ['GET / HTTP/1.1', CLOSE]],
    ['with two Hosts', ['GET / HTTP/1.1', HOST, 'host: evil.example', CLOSE]],
    ['for no path', ['GET * HTTP/1.1', HOST, CLOSE]],
    ['for the server as a whole', ['OPTIONS * HTTP/1.1', HOST, CLOSE]],
    ['for what only begins like that', ['POST *x HTTP/1.1', HOST, 'Content-Length: 0', CLOSE]],
    ['of another protocol', ['GET / HTTP/9.9', HOST, CLOSE]],
    ['ended by bare LF', ['GET / HTTP/1.1\nHost: localhost\nX: y\n\n']],
  ])('ST-02 a request %s is refused', async (_, lines) => {
    expect(statusesIn(await exchange(port, ...lines, ''))).toEqual([400]);
  });

  it('ST-02 two honest requests on one connection get two answers', async () => {
    const body = 'a=b';
    const answer = await exchange(
      port,
      'POST /login HTTP/1.1',
      HOST,
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${body.length}`,
      '',
      `${body}GET /health/live HTTP/1.1`,
      HOST,
      CLOSE,
      '',
    );
    expect(statusesIn(answer)).toEqual([403, 200]);
  });
});

describe('slow and greedy clients', () => {
  it('ST-03 too large or too many headers are refused', async () => {
    const large = `X-Large: ${'a'.repeat(17 * 1024)}`;
    expect(statusesIn(await exchange(port, 'GET / HTTP/1.1', HOST, CLOSE, large, ''))).toEqual([
      431,
    ]);
    const many = (count: number) => Array.from({ length: count }, (_, index) => `${index}:`);
    for (const count of [101, 3000]) {
      const answer = await exchange(port, 'GET / HTTP/1.1', HOST, CLOSE, ...many(count), '');
      expect(statusesIn(answer)).toEqual([431]);
    }
    expect(
      statusesIn(await exchange(port, 'GET / HTTP/1.1', HOST, CLOSE, ...many(90), '')),
    ).toEqual([200]);
  });

  it('ST-03 a thousand requests at once on one connection are answered in turn', async () => {
    const one = `GET /health/live HTTP/1.1\r\n${HOST}\r\n\r\n`;
    const last = `GET /health/live HTTP/1.1\r\n${HOST}\r\n${CLOSE}\r\n\r\n`;
    const client = new RawClient(port).send(one.repeat(999) + last);
    expect(statusesIn(await client.untilClosed())).toEqual(Array(1000).fill(200));
  });

  it('ST-03 those who send or read too slowly are closed, and others are answered meanwhile', async () => {
    const server: Server = app.nest.getHttpServer();
    // The real limits, and then short ones, so that nobody has to wait for them.
    expect(server.headersTimeout).toBeLessThanOrEqual(10_000);
    expect(server.requestTimeout).toBeLessThanOrEqual(20_000);
    expect(server.timeout).toBeLessThanOrEqual(30_000);
    const real = [server.headersTimeout, server.requestTimeout, server.timeout] as const;
    [server.headersTimeout, server.requestTimeout, server.timeout] = [500, 1000, 1000];
    try {
      const asset = /\/assets\/app[^"]+css/.exec((await app.visitor().get('/')).html)?.[0];
      const clients = Array.from({ length: 240 }, (_, index) => {
        const client = new RawClient(port);
        if (index % 3 === 0) return client.send('GET / HTTP/1.1\r\nX: ');
        if (index % 3 === 1) {
          return client.send(
            `POST /login HTTP/1.1\r\n${HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na`,
          );
        }
        return client.stopReading().send(`GET ${asset} HTTP/1.1\r\n${HOST}\r\n\r\n`.repeat(400));
      });
      const times: number[] = [];
      for (let request = 0; request < 20; request++) {
        const begin = performance.now();
        await stillAnswers();
        times.push(performance.now() - begin);
      }
      expect(times.toSorted((a, b) => a - b)[18]).toBeLessThan(500);
      const sending = clients.filter((_, index) => index % 3 !== 2);
      const answers = await Promise.all(sending.map((client) => client.untilClosed()));
      expect(new Set(answers.flatMap(statusesIn))).toEqual(new Set([408]));
      await noneOpen(server);
      for (const client of clients) client.end();
    } finally {
      [server.headersTimeout, server.requestTimeout, server.timeout] = real;
    }
    await stillAnswers();
  });
});

async function noneOpen(server: Server): Promise<void> {
  for (;;) {
    const open = await new Promise<number>((resolve, reject) =>
      server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
    // Those of the visitors who were answered are kept alive for a while.
    if (open <= 20) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
