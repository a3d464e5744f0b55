import type { Server } from 'node:http';
import { startApp, type TestApp } from '../support/app.js';
import { CLOSE, exchange, HOST, RawClient, statusesIn } from '../support/raw-client.js';

let app: TestApp;
let port: number;
beforeAll(async () => {
  app = await startApp();
  port = Number(new URL(app.origin).port);
});
afterAll(() => app.close());

async function stillAnswers(): Promise<void> {
  expect((await app.visitor().get('/health/live')).status).toBe(200);
}

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
    try {
      const asset = /\/assets\/app[^"]+css/.exec((await app.visitor().get('/')).html)?.[0];
      const request = `GET ${asset} HTTP/1.1\r\n${HOST}\r\n\r\n`;
      server.timeout = 1000;
      const connected = connections(server, 80);
      const reading = Array.from({ length: 80 }, () =>
        new RawClient(port).stopReading().send(request.repeat(400)),
      );
      await connected;
      // Nobody who sends is cut off until the others have been answered.
      [server.headersTimeout, server.requestTimeout, server.timeout] = [60_000, 60_000, 60_000];
      const body =
        'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na';
      const sending = Array.from({ length: 160 }, (_, index) =>
        new RawClient(port).send(
          index % 2 ? 'GET / HTTP/1.1\r\nX: ' : `POST /login HTTP/1.1\r\n${HOST}\r\n${body}`,
        ),
      );
      for (let count = 0; count < 20; count++) await stillAnswers();
      expect(sending.filter(({ closed }) => closed)).toEqual([]);
      [server.headersTimeout, server.requestTimeout] = [500, 1000];
      const answers = await Promise.all(sending.map((client) => client.untilClosed()));
      expect(new Set(answers.flatMap(statusesIn))).toEqual(new Set([408]));
      await noneOpen(server);
      for (const client of [...reading, ...sending]) client.end();
    } finally {
      [server.headersTimeout, server.requestTimeout, server.timeout] = real;
    }
    await stillAnswers();
  });
});

/** Waits until so many clients more have connected. */
function connections(server: Server, count: number): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    server.on('connection', function connected() {
      if (++seen < count) return;
      server.off('connection', connected);
      resolve();
    });
  });
}

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
