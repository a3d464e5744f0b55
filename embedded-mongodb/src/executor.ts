import { commandOf, type Context } from './commands.js';
import { Cursors } from './cursors.js';
import { MongoFailure } from './mongo-failure.js';
import { sqliteCode } from './schema.js';
import type { Store } from './store.js';
import type { Doc } from './values.js';
import type { Reply } from './wire.js';

/** A command that waits for its turn. */
export interface Job {
  /** Reads the message; what it throws is the answer. */
  readonly command: () => Doc;
  readonly connectionId: number;
  readonly done: (reply: Reply) => void;
}

/** Few enough that a reader waits for milliseconds, many enough that a commit is worth its sync. */
const MAX_GROUP = 64;
/** SQLite's codes for a disk that takes no more: SQLITE_FULL and SQLITE_IOERR with its variants. */
const SQLITE_FULL = 13;
const SQLITE_IOERR = 10;

/**
 * Runs commands one after the other, in the order in which they came. Writes that wait together
 * share one commit; none is answered before it.
 */
export class Executor {
  readonly cursors = new Cursors();
  private queue: Job[] = [];
  private scheduled = false;

  constructor(private readonly store: Store) {}

  submit(job: Job): void {
    this.queue.push(job);
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => this.turn());
  }

  private turn(): void {
    const jobs = this.queue.splice(0, MAX_GROUP).map((job) => prepare(job));
    for (let at = 0; at < jobs.length;) {
      let end = at;
      while (jobs[end]?.writes) end++;
      if (end - at > 1) this.runGroup(jobs.slice(at, end));
      else this.runAlone(jobs.slice(at, at + 1));
      at = Math.max(end, at + 1);
    }
    this.scheduled = false;
    if (this.queue.length > 0) this.schedule();
  }

  private runGroup(jobs: readonly Prepared[]): void {
    let replies: Reply[];
    try {
      replies = this.store.atomic(() => jobs.map((job) => this.attempt(job)));
    } catch {
      // Nothing of it is stored. One by one, each gets the answer that is its own.
      return this.runAlone(jobs);
    }
    for (const [i, reply] of replies.entries()) jobs[i]?.done(reply);
  }

  private runAlone(jobs: readonly Prepared[]): void {
    for (const job of jobs) {
      let reply: Reply;
      try {
        reply = job.writes
          ? this.store.atomic(() => this.attempt(job))
          : job.run(this.context(job));
      } catch (error) {
        reply = toFailure(error).toReply();
      }
      job.done(reply);
    }
  }

  /** Within a shared commit a refused command undoes only itself; a failing disk undoes all. */
  private attempt(job: Prepared): Reply {
    try {
      return this.store.atomic(() => job.run(this.context(job)));
    } catch (error) {
      if (error instanceof MongoFailure) return error.toReply();
      throw error;
    }
  }

  private context({ command, connectionId }: Prepared): Context {
    const db = command.get('$db');
    if (typeof db !== 'string')
      throw new MongoFailure(40414, "BSON field '$db' is missing but a required field");
    return { store: this.store, cursors: this.cursors, db, command, connectionId };
  }
}

interface Prepared {
  readonly command: Doc;
  readonly connectionId: number;
  readonly writes: boolean;
  readonly run: (context: Context) => Reply;
  readonly done: (reply: Reply) => void;
}

function prepare({ command, connectionId, done }: Job): Prepared {
  try {
    const message = command();
    return { ...commandOf(message), command: message, connectionId, done };
  } catch (error) {
    const failed = (): never => {
      throw error;
    };
    return { run: failed, writes: false, command: new Map([['$db', '']]), connectionId, done };
  }
}

function toFailure(error: unknown): MongoFailure {
  if (error instanceof MongoFailure) return error;
  const sqlite = sqliteCode(error) & 0xff;
  if (sqlite === SQLITE_FULL || sqlite === SQLITE_IOERR)
    return new MongoFailure(14031, `The disk takes no more data: ${String(error)}`);
  if (error instanceof RangeError && /call stack/i.test(error.message))
    return new MongoFailure(15, 'The command is nested too deeply');
  return new MongoFailure(
    1,
    `Internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
}
