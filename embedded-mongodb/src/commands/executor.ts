import { sqliteCode } from '../storage/open-store.js';
import type { Store } from '../storage/store.js';
import { ensure, Refusal } from '../values/refusal.js';
import type { Doc } from '../values/values.js';
import { type Command, Context, type Reply } from './command.js';
import { CURSOR_COMMANDS } from './cursor-commands.js';
import { Cursors } from './cursors.js';
import { INDEX_COMMANDS } from './index-commands.js';
import { READ_COMMANDS } from './read-commands.js';
import { SCHEMA_COMMANDS } from './schema-commands.js';
import { SERVER_COMMANDS } from './server-commands.js';
import { WRITE_COMMANDS } from './write-commands.js';

/** SQLite's codes for a disk that takes no more: SQLITE_FULL and SQLITE_IOERR with its variants. */
const DISK_FAILURES = [13, 10];

/** All commands that are answered. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    ...SERVER_COMMANDS,
    ...READ_COMMANDS,
    ...CURSOR_COMMANDS,
    ...WRITE_COMMANDS,
    ...INDEX_COMMANDS,
    ...SCHEMA_COMMANDS,
  }),
);

/** Runs commands one after another. Each is done as a whole or not at all, and on disk when answered. */
export class Executor {
  readonly cursors = new Cursors();

  constructor(private readonly store: Store) {}

  /** Answers a message. An error in `read`, in the command or in `write` becomes the answer. */
  run<T>(read: () => Doc, write: (reply: Reply) => T): T {
    const { store, cursors } = this;
    try {
      const message = read();
      const [name = ''] = message.keys();
      const found = COMMANDS.get(name);
      ensure(found, 59, `no such command: '${name}'`);
      const db = message.get('$db');
      ensure(typeof db === 'string' && db !== '', 40414, "The field '$db' is missing");
      ensure(!db.includes('.'), 73, `Invalid database name: '${db}'`);
      return write(store.atomic(() => found(new Context(store, cursors, db, name, message))));
    } catch (error) {
      return write(toRefusal(error).toReply());
    } finally {
      store.deadline = Infinity;
    }
  }
}

/** Turns any error into one that a client understands. */
function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (DISK_FAILURES.includes(sqliteCode(error) & 0xff))
    return new Refusal(14031, `The disk takes no more data: ${String(error)}`);
  return new Refusal(1, `Internal error: ${error instanceof Error ? error.stack : String(error)}`);
}
