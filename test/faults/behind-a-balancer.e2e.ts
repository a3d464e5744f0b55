import type { Server } from 'node:http';
import { TooBusy } from '../../src/core/domain-error.js';
import { PasswordHasher } from '../../src/auth/passwords/password-hasher.js';
import { startApp, type TestApp } from '../support/app.js';
import { exchange, RawClient, statusesIn } from '../support/raw-client.js';
import { InterruptedHasher } from '../support/overrides.js';

let app: TestApp;
const server = (): Server => app.nest.getHttpServer();
const portOf = ({ origin }: TestApp) => Number(new URL(origin).port);
beforeAll(async () => {
  app = await startApp({}, (testing) =>
    testing.overrideProvider(PasswordHasher).useClass(InterruptedHasher),
  );
});
afterAll(() => app.close());

const METRICS_TOKEN = 'pT4wLk9zQx7mVb2nHs6dRf3gJy8cUe5a';
const LIVE = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n';

describe('a connection', () => {
  it('is kept open longer than the balancers in front do, which would meet a closed one otherwise', () => {
    // Amazon's and nginx's keep theirs for 60 seconds.
    expect(server().keepAliveTimeout).toBeGreaterThan(60_000);
  });

  it('is not cut by the limit on slow headers while nobody sends anything', async () => {
    const limit = server().headersTimeout;
    server().headersTimeout = 100;
    const [used, slow] = [new RawClient(portOf(app)), new RawClient(portOf(app))];
    try {
      await used.send(LIVE).until('"ok"}');
      // Node ends late ones each second: this one is late as long as the other is idle.
      slow.send('GET / HTTP/1.1\r\nX: ');
      expect(statusesIn(await slow.untilClosed())).toEqual([408]);
      used.send(LIVE.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
      expect(statusesIn(await used.untilClosed())).toEqual([200, 200]);
    } finally {
      server().headersTimeout = limit;
      used.end();
      slow.end();
    }
  });
});

describe('the log', () => {
  it('has the probes in it', async () => {
    const before = app.log.length;
    await app.visitor().get('/health/live');
    expect(app.log.slice(before).join('')).toContain('path=/health/live status=200');
  });

  it('says why a request got 503 under load, in one line with its id', async () => {
    const hasher = app.nest.get<InterruptedHasher>(PasswordHasher);
    hasher.before = () => Promise.reject(new TooBusy('The queue is full'));
    const before = app.log.length;
    const answer = await app.visitor().login('nobody');
    hasher.resume();
    expect(answer.status).toBe(503);
    const lines = app.log.slice(before).filter((line) => line.includes('unavailable'));
    expect(lines).toEqual([expect.stringMatching(/cause="[^"]+" .*requestId=[\w-]{36}/)]);
  });
});

it('cookies of 16 KB get a page that says what to do, and a line in the log', async () => {
  const before = app.log.length;
  const cookie = Array.from({ length: 5 }, (_, index) => `c${index}=${'x'.repeat(3500)}`);
  const answer = await exchange(
    portOf(app),
    'GET /login HTTP/1.1',
    'Host: localhost',
    'Accept: text/html',
    'Connection: close',
    `Cookie: ${cookie.join('; ')}`,
    '',
  );
  expect(statusesIn(answer)).toEqual([431]);
  expect(answer).toContain('cookies');
  expect(answer).toMatch(/content-security-policy: /i);
  expect(app.log.slice(before).join('')).toMatch(/request .*path=\/login status=431/);
});

// Last: Passport is one for all applications of a process, and the newest has it.
describe('another application', () => {
  it('keeps connections open as long as a setting says', async () => {
    const other = await startApp({ KEEP_ALIVE_SECONDS: '620' });
    const { keepAliveTimeout }: Server = other.nest.getHttpServer();
    await other.close();
    expect(keepAliveTimeout).toBe(620_000);
  });

  it('leaves probes out of its log where a setting says so, but not what they found wrong', async () => {
    const quiet = await startApp({ LOG_PROBES: 'no', METRICS_TOKEN });
    try {
      await quiet.visitor().get('/health/live');
      await quiet.visitor().get('/health/ready');
      const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
      expect((await quiet.visitor().send('GET', '/metrics', { headers })).status).toBe(200);
      await quiet.visitor().get('/metrics');
      await quiet.visitor().get('/login');
      await quiet.db.close();
      await quiet.visitor().get('/health/ready');
    } finally {
      await quiet.close();
    }
    const lines = quiet.log.filter((line) => line.includes(' request '));
    expect(lines).toEqual([
      expect.stringContaining('path=/metrics status=401'),
      expect.stringContaining('path=/login status=200'),
      expect.stringContaining('path=/health/ready status=503'),
    ]);
  });
});
