import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Executor } from './executor.js';
import {
  BrokenMessage,
  HEADER_BYTES,
  messageLength,
  readCommand,
  requestOf,
  writeReply,
} from './wire.js';

/** What all connections together may have sent without a message being complete. */
const MAX_PENDING_BYTES = 256 * 1024 * 1024;
/** Many tiny packets must not cost much more than their bytes. */
const MAX_CHUNKS = 4_096;

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
      const reply = executor.run(
        () => readCommand(message, request),
        (fields) => writeReply(request, fields),
        id,
      );
      if (request.answer !== 'none' && !socket.write(reply))
        await Promise.race([once(socket, 'drain'), ended]);
    }
  } catch {
    socket.destroy();
  }
}

/** Cuts a client's bytes into messages. @throws BrokenMessage when they are none */
async function* messagesOf(socket: Socket): AsyncIterable<Buffer> {
  let chunks: Buffer[] = [];
  let size = 0;
  let wanted = HEADER_BYTES;
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      pendingBytes += chunk.length;
      if (pendingBytes > MAX_PENDING_BYTES) throw new BrokenMessage('too many bytes in waiting');
      while (size >= wanted || chunks.length > MAX_CHUNKS) {
        const [first = chunk] = chunks;
        const bytes = chunks.length === 1 ? first : Buffer.concat(chunks);
        chunks = [bytes];
        wanted = messageLength(bytes);
        if (size < wanted) break;
        const message = bytes.subarray(0, wanted);
        chunks = [bytes.subarray(wanted)];
        size -= wanted;
        pendingBytes -= wanted;
        wanted = HEADER_BYTES;
        yield message;
      }
    }
  } finally {
    pendingBytes -= size;
  }
}
