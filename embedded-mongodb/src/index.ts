import { mkdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { socketPathOf } from './socket-path.js';
import { WorkerHandle } from './worker-handle.js';

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
  const member = new Member(join(dataDir, 'data.sqlite'), socketPathOf(dataDir), options.onError);
  await member.enter(Date.now() + START_MS);
  return member;
}

/** One process's part in serving a folder: the owner, or a watcher of the owner. */
class Member implements EmbeddedMongo {
  private worker: WorkerHandle | null = null;
  private watch: Socket | null = null;
  private closed = false;
  private entering: Promise<void> = Promise.resolve();
  private failures: number[] = [];

  constructor(
    private readonly file: string,
    private readonly socketPath: string,
    private readonly onError: (error: Error) => void = () => {},
  ) {}

  get owner(): boolean {
    return this.worker !== null;
  }

  uri(database: string): string {
    return `mongodb://${encodeURIComponent(this.socketPath)}/${encodeURIComponent(database)}`;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.entering.catch(() => {});
    this.watch?.destroy();
    await this.worker?.close();
    this.worker = null;
  }

  /** Joins the owner or becomes it; tries until `deadline`. */
  async enter(deadline: number): Promise<void> {
    // Only the first entry is waited for; a later one must not keep the process alive.
    const ref = deadline < Infinity;
    for (
      let pause = SHORTEST_PAUSE_MS;
      !this.closed;
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
    ) {
      if ((await this.join()) || (await this.own())) return;
      if (Date.now() > deadline)
        throw new Error(
          `${this.file} is held by a process that does not answer on ${this.socketPath}: end that process and start again.`,
        );
      await sleep(pause, undefined, { ref });
    }
  }

  /** Starts the thread. False when another process owns the file. */
  private async own(): Promise<boolean> {
    const options = { file: this.file, socketPath: this.socketPath };
    const start = await WorkerHandle.start(options, (error) => this.ended(error));
    if (start.type === 'damaged') throw this.corrupt(start.reason);
    if (start.type === 'failed')
      throw new Error(`The embedded database can't start on ${this.file}: ${start.reason}`);
    if (start.type === 'owner') this.worker = start.worker;
    return this.worker !== null;
  }

  private corrupt(reason: string): CorruptDataFile {
    return new CorruptDataFile(
      `The data file ${this.file} is damaged (${reason}). Nothing in it was changed. ` +
        'Restore it from a backup, or move it and the files beside it with the same beginning away to start with an empty database.',
    );
  }

  /** Connects to the owner and stays, to notice its end. */
  private async join(): Promise<boolean> {
    const socket = connect(this.socketPath);
    const connected = await new Promise<boolean>((done) => {
      socket.once('connect', () => done(true));
      socket.once('error', () => done(false));
    });
    if (!connected) return false;
    this.watch = socket;
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.takeOver());
    socket.unref();
    return true;
  }

  private ended(error: Error): void {
    this.worker = null;
    this.onError(error);
    const now = Date.now();
    this.failures = [...this.failures.filter((at) => now - at < FAILURE_WINDOW_MS), now];
    if (this.failures.length > MAX_FAILURES)
      this.onError(
        new Error(
          `The embedded database on ${this.file} failed ${this.failures.length} times in a minute and is not started again.`,
        ),
      );
    else this.takeOver();
  }

  private takeOver(): void {
    if (this.closed) return;
    this.watch = null;
    this.entering = this.enter(Infinity);
    this.entering.catch((error: unknown) =>
      this.onError(error instanceof Error ? error : new Error(String(error))),
    );
  }
}
