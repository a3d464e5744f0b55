import { commandNamed } from './commands.js';
import { Cursors } from './cursors.js';
import { sqliteCode } from './open-store.js';
import { Refusal } from './refusal.js';
import type { Store } from './store.js';
import type { Doc } from './values.js';
import type { Reply } from './wire.js';

/** SQLite's codes for a disk that takes no more: SQLITE_FULL and SQLITE_IOERR with its variants. */
const DISK_FAILURES = [13, 10];

/** Runs commands: each is one step that is done as a whole or not at all, and on disk when answered. */
export class Executor {
  readonly cursors = new Cursors();

  constructor(private readonly store: Store) {}

  /** Answers a message. @param read - reads it; what it throws is the answer */
  run(read: () => Doc, connectionId: number): Reply {
    const { store, cursors } = this;
    try {
      const message = read();
      const [name = ''] = message.keys();
      const command = commandNamed(name);
      const db = message.get('$db');
      if (typeof db !== 'string' || db === '')
        throw new Refusal(40414, "The field '$db' is missing");
      const answer = (): Reply => command.run({ store, cursors, db, name, message, connectionId });
      return command.writes ? store.atomic(answer) : answer();
    } catch (error) {
      return toRefusal(error).toReply();
    }
  }
}

/** What a client is told of an error: its own words for a refusal, and a disk's trouble by its code. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (DISK_FAILURES.includes(sqliteCode(error) & 0xff))
    return new Refusal(14031, `The disk takes no more data: ${String(error)}`);
  return new Refusal(1, `Internal error: ${error instanceof Error ? error.stack : String(error)}`);
}
