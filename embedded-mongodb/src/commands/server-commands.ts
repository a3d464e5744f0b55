import { MAX_DOCUMENT_BYTES, MAX_MESSAGE_BYTES } from '../values/codec.js';
import { command, type Reply } from './command.js';
import { MAX_STATEMENTS } from './write-commands.js';

/**
 * Wire version 21, which `hello` tells, is that of MongoDB 7.0. The application finds this server's name
 * among the modules, and knows by it that it has its own server before it.
 */
const buildInfo = command('', () => ({
  version: '7.0.0',
  modules: ['latchkey-embedded'],
  versionArray: [7, 0, 0, 0],
  maxBsonObjectSize: MAX_DOCUMENT_BYTES,
  ok: 1,
}));

/** The commands on the server itself and on connections. */
export const SERVER_COMMANDS = {
  hello,
  isMaster: hello,
  ismaster: hello,
  buildInfo,
  buildinfo: buildInfo,
  ping: command('', () => ({ ok: 1 })),
  endSessions: command('', () => ({ ok: 1 })),
};

/**
 * Describes a standalone server. To a replica set, drivers would send numbered writes, which they
 * may repeat, and this server keeps no table of such numbers. The fields of a `hello` describe the
 * client and are ignored.
 */
function hello(): Reply {
  return {
    isWritablePrimary: true,
    ismaster: true,
    helloOk: true,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: MAX_STATEMENTS,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion: 21,
    readOnly: false,
    ok: 1,
  };
}
