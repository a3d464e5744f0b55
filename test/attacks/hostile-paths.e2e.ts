import { startApp, type TestApp } from '../support/app.js';
import { CLOSE, exchange, HOST, statusesIn } from '../support/raw-client.js';

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
      for (const path of ['/settings/profile', '/login', '/nowhere']) {
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
