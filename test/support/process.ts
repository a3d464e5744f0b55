import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { Visitor } from './visitor.js';
import { until } from './wait-until.js';

const MAIN = new URL('../../src/main.js', import.meta.url).pathname;
/** Breaks the application at certain user names (see there). */
const BROKEN_LOGINS = new URL('./broken-logins.js', import.meta.url).pathname;

export const SECRETS = {
  SESSION_SECRET: 'kW8mZq3vTn5xYb7cJd9fGh2jLp4rSt6u',
  PASSWORD_PEPPER: 'Xc5vBn7mQw9eRt2yUi4oPa6sDf8gHj3k',
};

const DATABASE = new URL('../../../embedded-mongodb/dist/src/cli.js', import.meta.url).pathname;

/** A deployment as small as it may be. */
export const PRODUCTION = {
  ...SECRETS,
  NODE_ENV: 'production',
  BASE_URL: 'https://accounts.example.org',
  MONGODB_URI: 'embedded',
  MAIL_URL: 'off',
  HOST: '127.0.0.1',
};

/** The application as people start it: a process of its own. */
export class Running {
  output = '';
  private readonly closed: Promise<unknown>;

  constructor(
    readonly child: ChildProcess,
    readonly port: number,
  ) {
    this.closed = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  visitor(address = '127.0.0.1'): Visitor {
    return new Visitor(this.origin, address);
  }

  /** Waits until a path answers with a status; 0: until nobody takes a connection. */
  async answers(path: string, status: number): Promise<void> {
    let got: number;
    await until(
      async () => {
        got = await fetch(this.origin + path, { headers: { connection: 'close' } }).then(
          (response) => response.status,
          () => 0,
        );
        return got === status;
      },
      () => `${path} answers ${got}, not ${status}: ${this.output}`,
    );
  }

  /** Waits until the log holds a text. */
  async says(text: string): Promise<void> {
    await until(
      () => this.output.includes(text),
      () => `It never said "${text}": ${this.output}`,
    );
  }

  /** @returns the first whole line of the log that holds all of these, once it is there */
  async line(...texts: string[]): Promise<string> {
    const found = () =>
      this.output
        .split('\n')
        .slice(0, -1)
        .find((line) => texts.every((text) => line.includes(text)));
    await until(
      () => found() !== undefined,
      () => `No line holds ${texts.join(', ')}: ${this.output}`,
    );
    return found() ?? '';
  }

  /** @returns the exit code after a SIGTERM, and how long it took in milliseconds */
  async stop(): Promise<{ code: number | null; took: number }> {
    const begin = Date.now();
    this.child.kill('SIGTERM');
    return { code: await this.exit(), took: Date.now() - begin };
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit();
  }

  /** @returns the exit code, once all that it wrote was read; null after a signal */
  async exit(): Promise<number | null> {
    await this.closed;
    return this.child.exitCode;
  }
}

export interface Processes {
  /** A folder of this test's own. */
  readonly folder: string;
  /** @param breakable whether `broken-logins.ts` is loaded into it */
  start(environment: Record<string, string>, breakable?: boolean): Promise<Running>;
  /** Starts the embedded database alone, as a process that can be killed. */
  database(dataDir: string): Promise<{ uri: string; kill(): Promise<void> }>;
}

/** Gives each test of the file a folder and ends what it started. */
export function useProcesses(): Processes {
  const started: Running[] = [];
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-process-'));
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((running) => running.kill()));
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
    start: async (environment, breakable = false) => {
      const port = await freePort();
      const child = spawn(
        process.execPath,
        [...(breakable ? ['--import', BROKEN_LOGINS] : []), MAIN],
        {
          cwd: folder,
          env: {
            PATH: process.env['PATH'],
            DATA_DIR: join(folder, 'data'),
            PORT: String(port),
            ...environment,
          },
        },
      );
      const running = new Running(child, port);
      started.push(running);
      return running;
    },
    database: async (dataDir) => {
      const running = new Running(spawn(process.execPath, [DATABASE, '--data', dataDir]), 0);
      started.push(running);
      await running.says('MONGODB_URI=');
      const [, uri = ''] = /MONGODB_URI=(\S+)/.exec(running.output) ?? [];
      return { uri, kill: () => running.kill() };
    },
  };
}
