import { type Command, type Context, reading } from './command.js';
import { READ_COMMANDS } from './commands-read.js';
import { SCHEMA_COMMANDS } from './commands-schema.js';
import { WRITE_COMMANDS } from './commands-write.js';
import { Refusal } from './refusal.js';
import { MAX_MESSAGE_BYTES, type Reply } from './wire.js';

/** 7.0: the version that the wire version 21 belongs to. */
const BUILD_INFO = {
  version: '7.0.0',
  versionArray: [7, 0, 0, 0],
  gitVersion: 'embedded',
  modules: ['embedded'],
  bits: 64,
  debug: false,
  maxBsonObjectSize: 16_777_216,
  ok: 1,
};

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['hello', hello('isWritablePrimary')],
  ['isMaster', hello('ismaster')],
  ['ismaster', hello('ismaster')],
  ['ping', reading({}, () => ({ ok: 1 }))],
  ['buildInfo', reading({}, () => BUILD_INFO)],
  ['buildinfo', reading({}, () => BUILD_INFO)],
  ['endSessions', reading({}, () => ({ ok: 1 }))],
  ...READ_COMMANDS,
  ...WRITE_COMMANDS,
  ...SCHEMA_COMMANDS,
]);

/** The names of all commands that are answered. */
export const commandNames = (): string[] => [...COMMANDS.keys()];

/** Finds a command. @throws Refusal 59 for an unknown one, 18 and 20 for passwords and transactions */
export function commandNamed(name: string): Command {
  const command = COMMANDS.get(name);
  if (command) return command;
  if (name === 'saslStart')
    throw new Refusal(18, 'The embedded server has no passwords: connect without a user name');
  if (name === 'abortTransaction' || name === 'commitTransaction')
    throw new Refusal(20, 'Transactions are only allowed on a replica set member or mongos');
  throw new Refusal(59, `no such command: '${name}'`);
}

/**
 * A standalone server: as a replica set it would have to keep a table for retried writes. What a
 * client says of itself changes nothing, so no field of it is refused.
 */
function hello(primary: 'ismaster' | 'isWritablePrimary'): Command {
  const run = ({ connectionId }: Context): Reply => ({
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
  });
  return { run, writes: false };
}
