import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Executor, toRefusal } from './executor.js';
import {
  BrokenMessage,
  HEADER_BYTES,
  messageLength,
  readCommand,
  type Reply,
  type Request,
  requestOf,
  writeReply,
} from './wire.js';

/** What all connections together may have sent without a message being complete. */
const MAX_PENDING_BYTES = 256 * 1024 * 1024;

let pendingBytes = 0;

/**
 * Serves a client until it goes, one message after the other: a client that sends on without reading
 * its answers is not read either. What goes wrong with a connection ends that connection.
 */
export async function converse(socket: Socket, executor: Executor, id: number): Promise<void> {
  const ended = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => socket.destroy());
  try {
    for await (const message of messagesOf(socket)) {
      const request = requestOf(message);
      const reply = executor.run(() => readCommand(message, request), id);
      if (request.answer === 'none') continue;
      if (!socket.write(bytesOf(request, reply)))
        await Promise.race([once(socket, 'drain'), ended]);
    }
  } catch {
    socket.destroy();
  }
}

/** Cuts a client's bytes into messages. @throws BrokenMessage when they are none */
async function* messagesOf(socket: Socket): AsyncIterable<Buffer> {
  let bytes: Buffer = Buffer.alloc(0);
  let size = 0;
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      bytes = append(bytes, size, chunk);
      size += chunk.length;
      pendingBytes += chunk.length;
      if (pendingBytes > MAX_PENDING_BYTES) throw new BrokenMessage('too many bytes in waiting');
      while (size >= HEADER_BYTES && size >= messageLength(bytes)) {
        const message = bytes.subarray(0, messageLength(bytes));
        bytes = bytes.subarray(message.length);
        size -= message.length;
        pendingBytes -= message.length;
        yield message;
      }
    }
  } finally {
    pendingBytes -= size;
  }
}

/** The buffer grows by doubling: many tiny packets must not cost more than their bytes. */
function append(bytes: Buffer, size: number, chunk: Buffer): Buffer {
  if (size === 0) return chunk;
  const room = size + chunk.length <= bytes.length;
  const grown = room ? bytes : Buffer.allocUnsafe(2 * (size + chunk.length));
  if (!room) bytes.copy(grown, 0, 0, size);
  chunk.copy(grown, size);
  return grown;
}

/** A reply that is too large to be written becomes a refusal. */
function bytesOf(request: Request, reply: Reply): Buffer {
  try {
    return writeReply(request, reply);
  } catch (error) {
    return writeReply(request, toRefusal(error).toReply());
  }
}
