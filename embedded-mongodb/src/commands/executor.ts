import { MAX_DOCUMENT_BYTES } from '../values/codec.js';
import { type Command, command, Context } from './command.js';
import { READ_COMMANDS } from './read-commands.js';
import { SCHEMA_COMMANDS } from './schema-commands.js';
import { WRITE_COMMANDS } from './write-commands.js';
import { Cursors } from './cursors.js';
import { sqliteCode } from '../storage/open-store.js';
import { ensure, Refusal } from '../values/refusal.js';
import type { Store } from '../storage/store.js';
import type { Doc } from '../values/values.js';
import { MAX_MESSAGE_BYTES, type Reply } from '../protocol/messages.js';

/** SQLite's codes for a disk that takes no more: SQLITE_FULL and SQLITE_IOERR with its variants. */
const DISK_FAILURES = [13, 10];

/** 7.0: the version that the wire version 21 belongs to. */
const buildInfo = command('', () => ({
  version: '7.0.0',
  versionArray: [7, 0, 0, 0],
  maxBsonObjectSize: MAX_DOCUMENT_BYTES,
  ok: 1,
}));

/** All commands that are answered. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    hello,
    isMaster: hello,
    ismaster: hello,
    buildInfo,
    buildinfo: buildInfo,
    ping: command('', () => ({ ok: 1 })),
    endSessions: command('', () => ({ ok: 1 })),
    ...READ_COMMANDS,
    ...WRITE_COMMANDS,
    ...SCHEMA_COMMANDS,
  }),
);

/** Runs commands: each is one step that is done as a whole or not at all, and on disk when answered. */
export class Executor {
  readonly cursors = new Cursors();

  constructor(private readonly store: Store) {}

  /** Answers a message. What `read` or `write` throws is the answer. */
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

/** A standalone server: a replica set would keep a table of retried writes. Takes any field. */
function hello(): Reply {
  return {
    isWritablePrimary: true,
    ismaster: true,
    helloOk: true,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion: 21,
    readOnly: false,
    ok: 1,
  };
}

/** What a client is told of an error: its own words for a refusal, and a disk's trouble by its code. */
function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (DISK_FAILURES.includes(sqliteCode(error) & 0xff))
    return new Refusal(14031, `The disk takes no more data: ${String(error)}`);
  return new Refusal(1, `Internal error: ${error instanceof Error ? error.stack : String(error)}`);
}
