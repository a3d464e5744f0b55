import type { Command } from './command.js';
import { commandNamed } from './commands.js';
import { Cursors } from './cursors.js';
import { sqliteCode } from './open-store.js';
import { Refusal } from './refusal.js';
import type { Store } from './store.js';
import type { Doc } from './values.js';
import type { Reply } from './wire.js';

/** A message that waits for its turn. */
interface Job {
  readonly message: Doc;
  readonly connectionId: number;
  readonly name: string;
  readonly command: Command;
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

  constructor(private readonly store: Store) {}

  /** Answers a message when its turn comes. @param read - reads it; what it throws is the answer */
  async run(read: () => Doc, connectionId: number): Promise<Reply> {
    return new Promise((done) => {
      try {
        const message = read();
        const [name = ''] = message.keys();
        const command = commandNamed(name);
        if (this.queue.push({ message, connectionId, name, command, done }) === 1)
          setImmediate(() => this.turn());
      } catch (error) {
        done(toRefusal(error).toReply());
      }
    });
  }

  private turn(): void {
    const reader = this.queue.findIndex(({ command }) => !command.writes);
    const size = reader < 0 ? this.queue.length : Math.max(reader, 1);
    const jobs = this.queue.slice(0, Math.min(size, MAX_GROUP));
    const replies = this.together(jobs) ?? jobs.map((job) => this.alone(job));
    for (const [i, job] of jobs.entries()) job.done(replies[i] ?? {});
    this.queue = this.queue.slice(jobs.length);
    if (this.queue.length > 0) setImmediate(() => this.turn());
  }

  /** Within a shared commit a refused command undoes only itself; a failing disk undoes all. */
  private together(jobs: readonly Job[]): Reply[] | null {
    if (jobs.length === 1) return null;
    const attempt = (job: Job): Reply => {
      try {
        return this.store.atomic(() => this.answer(job));
      } catch (error) {
        if (error instanceof Refusal) return error.toReply();
        throw error;
      }
    };
    try {
      return this.store.atomic(() => jobs.map(attempt));
    } catch {
      // Nothing of it is stored. One by one, each gets the answer that is its own.
      return null;
    }
  }

  private alone(job: Job): Reply {
    try {
      return job.command.writes ? this.store.atomic(() => this.answer(job)) : this.answer(job);
    } catch (error) {
      return toRefusal(error).toReply();
    }
  }

  private answer({ message, name, connectionId, command }: Job): Reply {
    const { store, cursors } = this;
    const db = message.get('$db');
    if (typeof db !== 'string' || db === '')
      throw new Refusal(40414, "BSON field '$db' is missing");
    return command.run({ store, cursors, db, name, message, connectionId });
  }
}

/** What a client is told of an error: its own words for a refusal, and a disk's trouble by its code. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const sqlite = sqliteCode(error) & 0xff;
  if (sqlite === SQLITE_FULL || sqlite === SQLITE_IOERR)
    return new Refusal(14031, `The disk takes no more data: ${String(error)}`);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new Refusal(1, `Internal error: ${text}`);
}
