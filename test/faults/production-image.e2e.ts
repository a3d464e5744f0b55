import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../src/core/paths.js';
import { freePort } from '../support/free-port.js';
import { PRODUCTION, Running } from '../support/process.js';
import { buildImage, type Image } from './dockerfile.js';

let temporary: string;
let image: Image;
let app: Running | undefined;

// The compiler and npm do in it what takes them a minute on a busy machine.
beforeAll(async () => {
  temporary = mkdtempSync(join(tmpdir(), 'latchkey-image-'));
  image = await buildImage(temporary);
}, 300_000);
afterEach(() => app?.kill());
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

it('starts in production mode, and its health check passes', async () => {
  // The image itself says which mode it is in.
  const { NODE_ENV: _mode, ...settings } = PRODUCTION;
  app = await start(settings);
  await app.answers('/health/ready', 200);
  const [program = '', ...rest] = image.healthcheck;
  const environment = { PATH: process.env['PATH'], PORT: String(app.port) };
  await promisify(execFile)(program, rest, { env: environment });
  expect((await app.visitor().get('/login')).status).toBe(200);
});

it('holds nothing of the stub provider, of the tests and of what only development needs', () => {
  const traces = tracesOfTheStub(join(projectRoot, 'stub-provider'));
  expect(traces).toEqual(expect.arrayContaining(['src/stub-provider.ts', 'src/grants.ts']));
  expect(tracesOfTheStub(image.folder)).toEqual([]);
  const files = filesIn(image.folder);
  expect(files.filter((path) => /\.(spec|e2e)\.[jt]s$/.test(path) && !isForeign(path))).toEqual([]);
  const packages = ['typescript', 'jest', '@types/node', '@latchkey/stub-provider'];
  const modules = join(image.folder, 'node_modules');
  const installed = readdirSync(modules, { recursive: true, encoding: 'utf8' });
  expect(packages.filter((name) => installed.includes(name))).toEqual([]);
});

it('says in development mode what is missing, and offers no provider', async () => {
  app = await start({ NODE_ENV: 'development', HOST: '127.0.0.1' });
  await app.answers('/health/ready', 200);
  expect(app.output).toContain('the stub that would stand in for them is not there');
  expect((await app.visitor().get('/login')).html).not.toContain('action="/oauth/');
});

/** Starts the image's own command in its folder. */
async function start(environment: Record<string, string>): Promise<Running> {
  const port = await freePort();
  const [program = '', ...rest] = image.command;
  const child = spawn(program, rest, {
    cwd: image.folder,
    env: {
      PATH: process.env['PATH'],
      ...image.environment,
      PORT: String(port),
      ...environment,
    },
  });
  return new Running(child, port);
}

/** Files and links that are called after the stub, and files that hold a text that it sends. */
function tracesOfTheStub(folder: string): string[] {
  const text = /stub-(code|access|refresh|secret)-|pretends to be/;
  return filesIn(folder).filter(
    (path) =>
      path.includes('stub-provider') ||
      (!isForeign(path) && text.test(readFileSync(join(folder, path), 'utf8'))),
  );
}

/** Files and links, as paths from the folder; sockets are left out. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/** Whether a file came from a registry. */
function isForeign(path: string): boolean {
  return path.startsWith('node_modules/');
}
