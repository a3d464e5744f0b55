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
