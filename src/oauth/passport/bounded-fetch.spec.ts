import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { boundedFetch, type ProviderAnswer } from './bounded-fetch.js';

let server: Server;
let body: Buffer;
beforeAll(async () => {
  server = createServer(({ url }, response) => {
    if (url === '/drip') return drip(response);
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

function answer(path = '/'): Promise<ProviderAnswer> {
  const { port } = server.address() as AddressInfo;
  return boundedFetch(new Request(`http://127.0.0.1:${port}${path}`));
}

/** Sends a byte now and then, and never an end. */
function drip(response: ServerResponse): void {
  const drops = setInterval(() => response.write(' '), 50);
  response.once('close', () => clearInterval(drops));
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

  it('OA-08 ends within the time though it drips, and though memory is collected meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    // The new function of an engine that is running is in new contexts alone.
    const collect = setInterval(runInNewContext('gc') as () => void, 100);
    const left = once(server, 'request').then(([, response]) =>
      once(response as ServerResponse, 'close'),
    );
    try {
      await expect(answer('/drip')).rejects.toThrow('too long');
      await left;
    } finally {
      clearInterval(collect);
    }
  }, 15_000);
});
