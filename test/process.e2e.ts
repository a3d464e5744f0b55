import { startEmbeddedMongo } from '@latchkey/embedded-mongodb';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Visitor } from './support/visitor.js';

// These start the application as people do: a process of its own.
const MAIN = new URL('../src/main.js', import.meta.url).pathname;

const SECRETS = {
  SESSION_SECRET: 'kW8mZq3vTn5xYb7cJd9fGh2jLp4rSt6u',
  PASSWORD_PEPPER: 'Xc5vBn7mQw9eRt2yUi4oPa6sDf8gHj3k',
};

class Running {
  output = '';

  constructor(
    readonly child: ChildProcess,
    readonly origin: string,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  visitor(): Visitor {
    return new Visitor(this.origin, '127.0.0.1');
  }

  async answers(path: string, status: number, patience = 25_000): Promise<void> {
    const end = Date.now() + patience;
    for (;;) {
      const got = await fetch(this.origin + path).then(
        (response) => response.status,
        () => 0,
      );
      if (got === status) return;
      if (Date.now() > end)
        throw new Error(`${path} answers ${got}, not ${status}: ${this.output}`);
      await delay(100);
    }
  }

  /** @returns the exit code after a SIGTERM, and how long it took in milliseconds */
  async stop(): Promise<{ code: number | null; took: number }> {
    const begin = Date.now();
    this.child.kill('SIGTERM');
    const [code] = (await once(this.child, 'exit')) as [number | null];
    return { code, took: Date.now() - begin };
  }
}

let folder: string;
const started: Running[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-process-'));
});
afterEach(() => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function start(environment: Record<string, string>): Promise<Running> {
  const port = await freePort();
  const child = spawn(process.execPath, [MAIN], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      DATA_DIR: join(folder, 'data'),
      PORT: String(port),
      ...environment,
    },
  });
  const running = new Running(child, `http://127.0.0.1:${port}`);
  started.push(running);
  return running;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

it('FA-05, FA-07 ends cleanly on SIGTERM, and a restart finds the account and the session again', async () => {
  const first = await start({ BCRYPT_COST: '4' });
  await first.answers('/health/ready', 200);
  const person = first.visitor();
  expect((await person.register('survivor')).status).toBe(303);
  const { code, took } = await first.stop();
  expect(code).toBe(0);
  expect(took).toBeLessThan(10_000);

  const second = await start({ BCRYPT_COST: '4' });
  await second.answers('/health/ready', 200);
  const again = second.visitor();
  for (const [name, value] of person.cookies) again.cookies.set(name, value);
  expect(await again.whoami()).toBe('survivor');
  expect((await second.visitor().login('survivor')).location).toBe('/');
});

it('SE-09, HD-02 in production the cookie is bound to the host, the headers ask for https, the log is JSON', async () => {
  const app = await start({
    ...SECRETS,
    NODE_ENV: 'production',
    BASE_URL: 'https://accounts.example.org',
    MONGODB_URI: 'embedded',
    HOST: '127.0.0.1',
  });
  await app.answers('/health/ready', 200);
  const visitor = app.visitor();
  const answer = await visitor.register('producer');
  const cookies = answer.headers.getSetCookie();
  expect(cookies).toHaveLength(2);
  for (const cookie of cookies) {
    expect(cookie).toMatch(/^__Host-/);
    for (const flag of ['Secure', 'HttpOnly', 'Path=/', 'SameSite=Lax'])
      expect(cookie).toContain(flag);
    expect(cookie).not.toContain('Domain');
    expect(cookie).not.toContain('producer');
  }
  const hsts = answer.headers.get('strict-transport-security') ?? '';
  expect(Number(/max-age=(\d+)/.exec(hsts)?.[1])).toBeGreaterThanOrEqual(31_536_000);
  expect(hsts).toContain('includeSubDomains');
  const lines = app.output.split('\n').filter((line) => line.includes('"message":"registered"'));
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    result: 'success',
    address: '127.0.0.1',
    requestId: expect.any(String),
    time: expect.stringMatching(/Z$/),
  });
});

it('SE-13, FA-13 refuses to start on bad settings, says each reason and never the value', async () => {
  const app = await start({
    NODE_ENV: 'production',
    BASE_URL: 'http://accounts.example.org',
    SESSION_SECRET: 'short-value',
    TRUST_PROXY: 'true',
  });
  const [code] = (await once(app.child, 'exit')) as [number];
  expect(code).toBe(1);
  for (const name of [
    'BASE_URL',
    'SESSION_SECRET',
    'PASSWORD_PEPPER',
    'TRUST_PROXY',
    'MONGODB_URI',
  ]) {
    expect(app.output).toContain(name);
  }
  expect(app.output).not.toContain('short-value');
  expect(app.output).not.toContain('    at ');
});

it('FA-13, LE-02 refuses to start in production on keys that are half set, examples, or go over http', async () => {
  const production = {
    ...SECRETS,
    NODE_ENV: 'production',
    BASE_URL: 'https://accounts.example.org',
    MONGODB_URI: 'embedded',
    HOST: '127.0.0.1',
  };
  const keys = { GOOGLE_CLIENT_ID: '4711.apps', GOOGLE_CLIENT_SECRET: 'GOCSPX-9f2k' };
  const app = await start({
    ...production,
    ...keys,
    GOOGLE_TOKEN_URL: 'http://127.0.0.1:9/token',
    GITHUB_CLIENT_ID: 'Iv1.4711',
    FACEBOOK_CLIENT_ID: '4711',
    FACEBOOK_CLIENT_SECRET: 'change-me-b8f3c9',
  });
  const [code] = (await once(app.child, 'exit')) as [number];
  expect(code).toBe(1);
  expect(app.output).toContain('GOOGLE_TOKEN_URL must be an absolute https:// address.');
  expect(app.output).toContain('GITHUB_CLIENT_SECRET is missing, though GITHUB_CLIENT_ID is set');
  expect(app.output).toContain('FACEBOOK_CLIENT_SECRET looks like an example.');
  expect(app.output).not.toMatch(/b8f3c9|9f2k|\n {4}at /);

  const good = await start({ ...production, ...keys });
  await good.answers('/health/ready', 200);
  const login = await fetch(`${good.origin}/login`, { headers: { 'x-forwarded-proto': 'https' } });
  expect(await login.text()).toContain('action="/oauth/google"');
  // Nothing of development is there.
  for (const path of ['/development/oauth', '/development/oauth/google']) {
    expect((await fetch(good.origin + path)).status).not.toBe(200);
  }
  expect(good.output).not.toContain('stub');
});

it('FA-01, FA-02 an absent database gives the 503 page within 5 seconds, and heals by itself', async () => {
  const dataDir = join(folder, 'later');
  const probe = await startEmbeddedMongo({ dataDir });
  const uri = probe.uri('latchkey');
  await probe.close();
  const app = await start({ MONGODB_URI: uri, BCRYPT_COST: '4' });
  await app.answers('/health/live', 200);
  await app.answers('/health/ready', 503);
  const begin = Date.now();
  const answer = await app.visitor().get('/login');
  expect(Date.now() - begin).toBeLessThan(5000);
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).not.toBeNull();
  expect(answer.text).toContain("The service can't answer just now");

  const mongo = await startEmbeddedMongo({ dataDir });
  try {
    await app.answers('/health/ready', 200);
    const person = app.visitor();
    expect((await person.register('patient')).status).toBe(303);
    await mongo.close();
    await app.answers('/health/ready', 503);
    const lost = Date.now();
    expect((await person.get('/settings')).status).toBe(503);
    expect(Date.now() - lost).toBeLessThan(5000);
    const back = await startEmbeddedMongo({ dataDir });
    try {
      await app.answers('/health/ready', 200);
      expect(await person.whoami()).toBe('patient');
    } finally {
      await app.stop();
      await back.close();
    }
  } finally {
    await mongo.close();
  }
});

it('FA-02 a database that hangs gives the 503 page within 5 seconds, and its return is enough', async () => {
  const mongo = await startEmbeddedMongo({ dataDir: join(folder, 'hangs') });
  const wire = await passThrough(decodeURIComponent(new URL(mongo.uri('x')).host));
  try {
    const app = await start({ MONGODB_URI: wire.uri, BCRYPT_COST: '4' });
    await app.answers('/health/ready', 200);
    const person = app.visitor();
    await person.register('waiting');
    wire.hang(true);
    const begin = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => person.copy().get('/settings')),
    );
    expect(Date.now() - begin).toBeLessThan(6000);
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(503));
    wire.hang(false);
    await app.answers('/health/ready', 200);
    expect(await person.whoami()).toBe('waiting');
    await app.stop();
  } finally {
    wire.close();
    await mongo.close();
  }
});

/** A TCP address in front of a socket file, which can stop passing anything on, as a hung server does. */
async function passThrough(socketPath: string) {
  const sockets: Socket[] = [];
  let hung = false;
  const server = createServer((near) => {
    const far = connect(socketPath);
    near.on('data', (chunk) => !hung && far.write(chunk));
    far.on('data', (chunk) => !hung && near.write(chunk));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('close', () => other.destroy());
      one.on('error', () => other.destroy());
      sockets.push(one);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    uri: `mongodb://127.0.0.1:${port}/latchkey?directConnection=true`,
    hang: (on: boolean) => {
      hung = on;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
