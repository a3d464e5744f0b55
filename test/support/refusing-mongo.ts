import mongoose from 'mongoose';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

const { deserialize, serialize } = mongoose.mongo.BSON;

const OP_QUERY = 2004;
const OP_REPLY = 1;
const OP_MSG = 2013;

/** A server that speaks just enough of MongoDB's protocol to refuse everybody's password. */
export async function refusingMongo() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    let pending = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 16 && pending.length >= pending.readInt32LE(0)) {
        const length = pending.readInt32LE(0);
        socket.write(answer(pending.subarray(0, length)));
        pending = pending.subarray(length);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    uri: (user: string, password: string) =>
      `mongodb://${user}:${password}@127.0.0.1:${port}/latchkey?directConnection=true`,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function answer(message: Buffer): Buffer {
  const legacy = message.readInt32LE(12) === OP_QUERY;
  // Behind the flags: a collection's name and two numbers, or the kind of the first section.
  const start = legacy ? message.indexOf(0, 20) + 9 : 21;
  const body = serialize(replyTo(deserialize(message.subarray(start))));
  const head = Buffer.alloc(legacy ? 36 : 21);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(message.readInt32LE(4), 8);
  head.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) head.writeInt32LE(1, 32);
  return Buffer.concat([head, body]);
}

function replyTo(command: Record<string, unknown>): Record<string, unknown> {
  if ('hello' in command || 'ismaster' in command || 'isMaster' in command) {
    return {
      ok: 1,
      helloOk: true,
      ismaster: true,
      isWritablePrimary: true,
      minWireVersion: 0,
      maxWireVersion: 21,
      maxBsonObjectSize: 16 * 1024 * 1024,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      saslSupportedMechs: ['SCRAM-SHA-256'],
    };
  }
  if ('ping' in command || 'endSessions' in command) return { ok: 1 };
  const sasl = 'saslStart' in command;
  return {
    ok: 0,
    code: sasl ? 18 : 13,
    codeName: sasl ? 'AuthenticationFailed' : 'Unauthorized',
    errmsg: sasl ? 'Authentication failed.' : 'Command requires authentication',
  };
}
