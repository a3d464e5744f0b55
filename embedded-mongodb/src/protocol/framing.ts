import { MAX_MESSAGE_BYTES } from '../values/codec.js';

/** The bytes of a message's header, which begins with the length of the whole message. */
export const HEADER_BYTES = 16;
/** The limit for the unfinished messages of all connections together. */
const MAX_PENDING_BYTES = 256 * 1024 * 1024;
/** A message up to this size is taken even beyond the limit. */
const SMALL_BYTES = 64 * 1024;
/** What unfinished messages take now. */
let pendingBytes = 0;

/** Cuts a client's bytes into messages. @throws Error for bytes that are no messages */
export async function* messagesOf(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let message: Buffer = Buffer.alloc(HEADER_BYTES);
  let filled = 0;
  try {
    for await (const chunk of chunks)
      for (let at = 0; at < chunk.length;) {
        const taken = chunk.copy(message, filled, at);
        at += taken;
        filled += taken;
        if (filled === message.length) message = grown(message);
        if (filled < message.length) continue;
        yield message;
        pendingBytes -= filled - HEADER_BYTES;
        [message, filled] = [Buffer.alloc(HEADER_BYTES), 0];
      }
  } finally {
    pendingBytes -= message.length - HEADER_BYTES;
  }
}

/**
 * Gives a full buffer more room, up to the length in its header. The room doubles as bytes arrive:
 * a client that only announces a long message takes no memory.
 * @throws Error for an impossible length, or when no memory is left for it
 */
function grown(part: Buffer): Buffer {
  const length = part.readInt32LE(0);
  const room = Math.min(length, Math.max(2 * part.length, SMALL_BYTES));
  const more = room - part.length;
  const fits = room <= SMALL_BYTES || pendingBytes + more <= MAX_PENDING_BYTES;
  if (length <= HEADER_BYTES || length > MAX_MESSAGE_BYTES || !fits)
    throw new Error(`a message of ${length} bytes`);
  pendingBytes += more;
  return more > 0 ? Buffer.concat([part], room) : part;
}
