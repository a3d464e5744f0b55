import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';

/** How to start. `onError` is called for errors after the start, which no call can throw. */
export interface EmbeddedMongoOptions {
  /** The folder with the data; made when missing. */
  readonly dataDir: string;
  readonly onError?: (error: Error) => void;
}

/** A running server: this process's own, or that of another process on the same folder. */
export interface EmbeddedMongo {
  /** The address of a database, for a driver. */
  uri(database: string): string;
  /** True when this process owns the folder; it can become the owner when the owner ends. */
  readonly owner: boolean;
  /** Ends the server of this process. Other processes on the folder go on. */
  close(): Promise<void>;
}

/** The kernel's limit on a Unix socket's path: 108 bytes with the final zero, 104 on macOS and BSD. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;
const SOCKET_NAME = 'mongodb.sock';
/** A thread that needs more ends with an error and is started again: it must not fill the machine. */
const MAX_MEMORY_MB = 1024;

/**
 * Starts the server that owns `dataDir`, or joins it when another process owns the folder. When
 * that process ends, one of those that joined takes over on the same address.
 * @throws Error that says why it can't start, and what to do about it
 */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  if (process.platform === 'win32')
    throw new Error(
      'The embedded database needs Unix sockets, which this platform lacks: set MONGODB_URI to the address of a MongoDB.',
    );
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const member = new Member(join(dataDir, 'data.sqlite'), socketPathOf(dataDir), options.onError);
  await member.start();
  return member;
}

/**
 * The socket of a data folder, in a folder of its own that only this user may enter. The path
 * depends on nothing but the data folder, so that every process finds the same socket.
 * @throws Error when the folder belongs to somebody else
 */
function socketPathOf(dataDir: string): string {
  const real = realpathSync(dataDir);
  const near = join(real, 'run');
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 20);
  const short = Buffer.byteLength(join(near, SOCKET_NAME)) <= MAX_PATH_BYTES;
  const folder = short ? near : join(tmpdir(), `embedded-mongodb-${userInfo().uid}-${hash}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== userInfo().uid)
    throw new Error(`${folder} has to be a folder of this user; remove it and start again`);
  // Whoever reaches the socket can read all data.
  chmodSync(folder, 0o700);
  return join(folder, SOCKET_NAME);
}

/** One process's part in serving a folder: a thread that owns the folder or waits for its owner's end. */
class Member implements EmbeddedMongo {
  owner = false;
  private worker: Worker | null = null;
  private closed = false;

  constructor(
    private readonly file: string,
    private readonly socketPath: string,
    private readonly onError: (error: Error) => void = () => {},
  ) {}

  uri(database: string): string {
    return `mongodb://${encodeURIComponent(this.socketPath)}/${encodeURIComponent(database)}`;
  }

  async close(): Promise<void> {
    this.closed = true;
    const { worker } = this;
    if (!worker) return;
    const ended = once(worker, 'exit');
    worker.ref();
    worker.postMessage('close');
    await ended;
  }

  /** Starts the thread. @throws when the data can't be used */
  async start(): Promise<void> {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: [this.file, this.socketPath],
      // The thread must not inherit options of this process such as `--eval`.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB },
    });
    this.worker = worker;
    let cause: unknown;
    let ready = false;
    worker.on('error', (error) => (cause = error));
    worker.on('message', (owner: boolean) => (this.owner = owner));
    worker.once('exit', (code) => {
      this.worker = null;
      this.owner = false;
      if (!ready || this.closed) return;
      this.onError(cause instanceof Error ? cause : new Error(`The thread ended with ${code}`));
      this.start().catch(this.onError);
    });
    // `once` rejects when the thread fails before its first message.
    await once(worker, 'message');
    // A process that uses the server stays alive by its connections; the server must not hold it.
    worker.unref();
    ready = true;
  }
}
