import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { get } from 'node:http';
import { startApp, type TestApp } from '../support/app.js';

let app: TestApp;
let stylesheet: string;
beforeAll(async () => {
  app = await startApp();
  const { html } = await app.visitor().get('/');
  stylesheet = /\/assets\/app\.[0-9a-f]+\.css/.exec(html)?.[0] ?? '';
});
afterAll(() => app.close());

interface File {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** An answer as it came, with no coding undone. */
function raw(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<File> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(app.origin);
    get({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(chunks),
        }),
      );
    }).on('error', reject);
  });
}

it.each([
  ['gzip, deflate, br, zstd', 'br'],
  ['br;q=0.5, gzip', 'br'],
  ['gzip, deflate', 'gzip'],
  ['br;q=0, gzip', 'gzip'],
  ['*', 'br'],
  ['zstd', undefined],
])('a browser that takes "%s" gets %s', async (accepted, coding) => {
  const plain = await raw(stylesheet);
  const { headers, body } = await raw(stylesheet, { 'accept-encoding': accepted });
  expect(headers['content-encoding']).toBe(coding);
  expect(headers['vary']).toBe('accept-encoding');
  expect(headers['content-length']).toBe(String(body.length));
  const undo =
    { br: brotliDecompressSync, gzip: gunzipSync }[coding ?? ''] ?? ((all: Buffer) => all);
  expect(undo(body).equals(plain.body)).toBe(true);
  expect(plain.headers['content-encoding']).toBeUndefined();
});

it('a file may be kept for a year, and one that is asked for again is not sent again', async () => {
  const { headers } = await raw(stylesheet);
  expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  const again = await raw(stylesheet, { 'if-none-match': String(headers['etag']) });
  expect([again.status, again.body.length]).toEqual([304, 0]);
  expect(again.headers['cache-control']).toBe(headers['cache-control']);
  const head = await raw(stylesheet, {}, 'HEAD');
  expect([head.status, head.body.length]).toEqual([200, 0]);
  expect(head.headers['content-length']).toBe(headers['content-length']);
});

it('the address of another version gives the present file, for a minute', async () => {
  const old = stylesheet.replace(/\.[0-9a-f]{16}\./, '.0123456789abcdef.');
  const [present, { status, headers, body }] = [await raw(stylesheet), await raw(old)];
  expect(status).toBe(200);
  expect(headers['cache-control']).toBe('public, max-age=60');
  expect(headers['content-type']).toBe('text/css; charset=utf-8');
  expect(body.equals(present.body)).toBe(true);
});

it.each([
  '/assets/nothing.0123456789abcdef.css',
  '/assets/app.css',
  '/assets/app.0123456789abcdef.css.br',
  '/assets/app.0123.css',
  '/assets/__proto__.0123456789abcdef.css',
])('there is nothing at %s', async (path) => {
  expect((await raw(path)).status).toBe(404);
});
