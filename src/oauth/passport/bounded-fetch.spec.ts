import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { boundedFetch } from './bounded-fetch.js';

let server: Server;
let body: Buffer;
beforeAll(async () => {
  server = createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

function answer(): Promise<{ status: number; body: string }> {
  const { port } = server.address() as AddressInfo;
  return boundedFetch(new Request(`http://127.0.0.1:${port}/`));
}

describe('an answer of a provider', () => {
  it('is read as UTF-8', async () => {
    body = Buffer.from('{"name":"Zoë 😀 \ufffd"}');
    expect(await answer()).toEqual({ status: 200, body: '{"name":"Zoë 😀 \ufffd"}' });
  });

  it.each([
    ['a byte of Latin-1', [0x5a, 0xe9]],
    ['half of a character', [0xc3]],
    ['a longer spelling than needed', [0xc0, 0xaf]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
  ])('IN-09, OA-09 is a failure with %s', async (_, bytes) => {
    body = Buffer.from(bytes);
    await expect(answer()).rejects.toThrow('not valid');
  });
});
