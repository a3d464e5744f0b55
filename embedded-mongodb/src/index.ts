import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { socketPathOf } from './socket-path.js';
import type { Started, WorkerOptions } from './worker.js';

/** How to start. `onError` hears of what happens later, when there is no call to fail. */
export interface EmbeddedMongoOptions {
  /** The folder with the data; made when missing. */
  readonly dataDir: string;
  readonly onError?: (error: Error) => void;
}

/** A running server: this process's own, or that of another process on the same folder. */
export interface EmbeddedMongo {
  /** The address for a driver, with the name of a database. */
  uri(database: string): string;
  /** True if this process owns the folder now; it changes when the owner ends and this one takes over. */
  readonly owner: boolean;
  /** Ends this process's part. Other processes on the folder go on. */
  close(): Promise<void>;
}

/** The data file can't be read; the message names it and says what to do. Nothing in it was changed. */
export class CorruptDataFile extends Error {}
/** This platform has no Unix sockets, which keep other users of a machine out. */
export class UnsupportedPlatform extends Error {}

/** Long enough for an owner that is just ending or starting, short enough for a person. */
const START_MS = 20_000;
/** Between two attempts, doubled each time. */
const SHORTEST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_000;
/** A server that keeps failing is not started for ever. */
const MAX_FAILURES = 5;
const FAILURE_WINDOW_MS = 60_000;
/** Beyond this the thread ends with an error and is started again, instead of filling the machine. */
const MAX_MEMORY_MB = 1024;

/**
 * Starts the server that owns `dataDir`, or joins it when another process owns the folder. When that
 * process ends, one of those that joined takes over on the same address.
 *
 * @throws CorruptDataFile, UnsupportedPlatform, or an Error that says why it can't start
 */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  if (process.platform === 'win32')
    throw new UnsupportedPlatform(
      'The embedded database needs Unix sockets, which this platform lacks: set MONGODB_URI to the address of a MongoDB.',
    );
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const place = { file: join(dataDir, 'data.sqlite'), socketPath: socketPathOf(dataDir) };
  const member = new Member(place, options.onError);
  await member.enter(Date.now() + START_MS);
  return member;
}

/** One process's part in serving a folder: the owner, or a watcher of the owner. */
class Member implements EmbeddedMongo {
  private worker: Worker | null = null;
  private watch: Socket | null = null;
  private closed = false;
  private entering: Promise<void> = Promise.resolve();
  private failures: number[] = [];

  constructor(
    private readonly place: WorkerOptions,
    private readonly onError: (error: Error) => void = () => {},
  ) {}

  get owner(): boolean {
    return this.worker !== null;
  }

  uri(database: string): string {
    const { socketPath } = this.place;
    return `mongodb://${encodeURIComponent(socketPath)}/${encodeURIComponent(database)}`;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.entering.catch(() => {});
    this.watch?.destroy();
    const { worker } = this;
    this.worker = null;
    if (!worker) return;
    const ended = new Promise((done) => worker.once('exit', done));
    worker.ref();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage('close');
    await ended;
  }

  /** Joins the owner or becomes it; tries until `deadline`. */
  async enter(deadline: number): Promise<void> {
    // Only the first entry is waited for; a later one must not keep the process alive.
    const ref = deadline < Infinity;
    const { file, socketPath } = this.place;
    for (
      let pause = SHORTEST_PAUSE_MS;
      !this.closed;
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
    ) {
      if ((await this.join()) || (await this.own())) return;
      if (Date.now() > deadline)
        throw new Error(
          `${file} is held by a process that does not answer on ${socketPath}: end it.`,
        );
      await sleep(pause, undefined, { ref });
    }
  }

  /** Connects to the owner and stays, to notice its end. */
  private async join(): Promise<boolean> {
    const socket = connect(this.place.socketPath);
    socket.on('error', () => socket.destroy());
    const connected = await new Promise((done) => {
      socket.once('connect', () => done(true));
      socket.once('close', () => done(false));
    });
    if (connected !== true) return false;
    this.watch = socket;
    socket.once('close', () => this.takeOver());
    socket.unref();
    return true;
  }

  /** Starts the thread. False when another process owns the file. */
  private async own(): Promise<boolean> {
    const { file } = this.place;
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: this.place,
      // Options of this process, such as `--eval`, are not meant for the thread.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB },
    });
    let cause: Error | undefined;
    worker.on('error', (error: unknown) => (cause = asError(error)));
    // The thread's first message is this one; `once` rejects when the thread fails before.
    const [{ type, reason }] = (await once(worker, 'message')) as [Started];
    if (type !== 'ready') await worker.terminate();
    if (type === 'damaged')
      throw new CorruptDataFile(
        `The data file ${file} is damaged (${reason}). Nothing in it was changed. ` +
          'Restore it from a backup, or move it and the files beside it with the same beginning away to start with an empty database.',
      );
    if (type === 'failed')
      throw new Error(`The embedded database can't start on ${file}: ${reason}`);
    if (type === 'in-use') return false;
    worker.once('exit', (code) => this.ended(cause ?? new Error(`The thread ended with ${code}`)));
    // The server must not keep the process alive: whoever needs it has a connection open.
    worker.unref();
    this.worker = worker;
    return true;
  }

  /** The thread has ended; unless it was asked to, it is started again. */
  private ended(error: Error): void {
    if (this.closed) return;
    this.worker = null;
    this.onError(error);
    const now = Date.now();
    this.failures = [...this.failures.filter((at) => now - at < FAILURE_WINDOW_MS), now];
    if (this.failures.length <= MAX_FAILURES) this.takeOver();
    else
      this.onError(
        new Error(`The database on ${this.place.file} failed too often and is not started again.`),
      );
  }

  private takeOver(): void {
    if (this.closed) return;
    this.watch = null;
    this.entering = this.enter(Infinity);
    this.entering.catch((error: unknown) => this.onError(asError(error)));
  }
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));
