import { Long } from 'bson';
import {
  aggregateCommand,
  countCommand,
  distinctCommand,
  explainCommand,
  findCommand,
  getMoreCommand,
  killCursorsCommand,
} from './commands-read.js';
import {
  createCommand,
  createIndexesCommand,
  dropCommand,
  dropDatabaseCommand,
  dropIndexesCommand,
  listCollectionsCommand,
  listDatabasesCommand,
  listIndexesCommand,
} from './commands-schema.js';
import {
  deleteCommand,
  findAndModifyCommand,
  insertCommand,
  updateCommand,
} from './commands-write.js';
import { checkFields } from './args.js';
import type { Cursors } from './cursors.js';
import { MongoFailure } from './mongo-failure.js';
import type { Store } from './store.js';
import type { Doc } from './values.js';
import { MAX_MESSAGE_BYTES, type Reply } from './wire.js';

/** What a command works on. */
export interface Context {
  readonly store: Store;
  readonly cursors: Cursors;
  readonly db: string;
  readonly command: Doc;
  readonly connectionId: number;
}

interface Command {
  readonly run: (context: Context) => Reply;
  /** True when it changes documents: several of these may share one commit. */
  readonly writes: boolean;
}

const reads = (run: Command['run']): Command => ({ run, writes: false });
const writes = (run: Command['run']): Command => ({ run, writes: true });

const COMMANDS = new Map<string, Command>([
  ['hello', reads((context) => hello(context, 'isWritablePrimary'))],
  ['isMaster', reads((context) => hello(context, 'ismaster'))],
  ['ismaster', reads((context) => hello(context, 'ismaster'))],
  ['ping', plain('ping', { ok: 1 })],
  ['buildInfo', plain('buildInfo', buildInfo())],
  ['buildinfo', plain('buildinfo', buildInfo())],
  ['endSessions', plain('endSessions', { ok: 1 })],
  ['abortTransaction', reads(noTransaction)],
  ['commitTransaction', reads(noTransaction)],
  ['saslStart', reads(noPassword)],
  ['find', reads(findCommand)],
  ['getMore', reads(getMoreCommand)],
  ['killCursors', reads(killCursorsCommand)],
  ['count', reads(countCommand)],
  ['distinct', reads(distinctCommand)],
  ['aggregate', reads(aggregateCommand)],
  ['explain', reads(explainCommand)],
  ['insert', writes(insertCommand)],
  ['update', writes(updateCommand)],
  ['delete', writes(deleteCommand)],
  ['findAndModify', writes(findAndModifyCommand)],
  ['findandmodify', writes(findAndModifyCommand)],
  ['create', writes(createCommand)],
  ['createIndexes', writes(createIndexesCommand)],
  ['drop', writes(dropCommand)],
  ['dropDatabase', writes(dropDatabaseCommand)],
  ['dropIndexes', writes(dropIndexesCommand)],
  ['listIndexes', reads(listIndexesCommand)],
  ['listCollections', reads(listCollectionsCommand)],
  ['listDatabases', reads(listDatabasesCommand)],
]);

/** The names of all commands that are answered. */
export const commandNames = (): string[] => [...COMMANDS.keys()];

/** Finds what a message asks for. @throws MongoFailure 59 for an unknown command */
export function commandOf(message: Doc): Command {
  const [name = ''] = message.keys();
  const command = COMMANDS.get(name);
  if (!command) throw new MongoFailure(59, `no such command: '${name}'`);
  return command;
}

function plain(name: string, reply: Reply): Command {
  return reads(({ command }) => {
    checkFields(command, name);
    return reply;
  });
}

/** A standalone server: as a replica set it would have to keep a table for retried writes. */
function hello({ connectionId }: Context, primary: 'ismaster' | 'isWritablePrimary'): Reply {
  return {
    [primary]: true,
    helloOk: true,
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId,
    minWireVersion: 0,
    maxWireVersion: 21,
    readOnly: false,
    ok: 1,
  };
}

/** 7.0: the version that the wire version 21 belongs to. */
function buildInfo(): Reply {
  return {
    version: '7.0.0',
    versionArray: [7, 0, 0, 0],
    gitVersion: 'embedded',
    modules: ['embedded'],
    bits: 64,
    debug: false,
    maxBsonObjectSize: Long.fromNumber(16_777_216).toInt(),
    ok: 1,
  };
}

function noTransaction(): never {
  throw new MongoFailure(
    20,
    'Transaction numbers are only allowed on a replica set member or mongos',
  );
}

function noPassword(): never {
  throw new MongoFailure(
    18,
    'The embedded server has no passwords: connect without user name and password',
  );
}
