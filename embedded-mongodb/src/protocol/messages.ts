import { decode, encode, MAX_DOCUMENT_BYTES } from '../values/codec.js';
import { ensure } from '../values/refusal.js';
import type { Doc, Value } from '../values/values.js';

/** A message, and how it wants its answer: as OP_REPLY to an OP_QUERY, as OP_MSG, or not at all. */
export interface Request {
  readonly id: number;
  readonly answer: 'reply' | 'message' | 'none';
  /** Reads the command. @throws Refusal when the inside of the message is wrong */
  readonly read: () => Doc;
}

/** The fields of an answer. */
export type Reply = Readonly<Record<string, unknown>>;

const [OP_REPLY, OP_QUERY, OP_MSG] = [1, 2004, 2013];
const HEADER_BYTES = 16;
/** What `hello` announces: a document and its command. MongoDB's 48 MB could be read into gigabytes. */
export const MAX_MESSAGE_BYTES = MAX_DOCUMENT_BYTES + 1024 * 1024;
/** What messages under way may take together, a small one whatever there is; what they take now. */
const [MAX_PENDING_BYTES, SMALL_BYTES] = [256 * 1024 * 1024, 64 * 1024];
let pendingBytes = 0;
/** The flags of a message that wants no answer, and those that a server has to know. */
const [MORE_TO_COME, REQUIRED] = [2, 0xffff];

/** Cuts a client's bytes into messages. @throws Error when they are none, which can't be answered */
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

/** A message with room for what is missing, but for no more than came. @throws Error without any */
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

/** Identifies a message before it is read: even a refusal has to go to the right request. */
export function requestOf(message: Buffer): Request {
  const id = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === OP_QUERY) return { id, answer: 'reply', read: () => readQuery(message) };
  if (opcode !== OP_MSG || message.length < HEADER_BYTES + 5) throw new Error(`opcode ${opcode}`);
  const flags = message.readUInt32LE(HEADER_BYTES);
  const answer = flags & MORE_TO_COME ? 'none' : 'message';
  return { id, answer, read: () => readMsg(message) };
}

/** Old clients shake hands by OP_QUERY on `admin.$cmd`; nothing else may come that way. */
function readQuery(message: Buffer): Doc {
  const [collection, end] = cstring(message, HEADER_BYTES + 4);
  const command = decode(sized(message, end + 8));
  const [first = ''] = command.keys();
  const handshake = collection === 'admin.$cmd' && /^(hello|is_?master)$/i.test(first);
  ensure(handshake, 352, 'Unsupported OP_QUERY command: only the handshake may use it');
  return new Map([...command, ['$db', 'admin']]);
}

/** The command in the section of kind 0, with the lists of documents from those of kind 1. */
function readMsg(message: Buffer): Doc {
  const flags = message.readUInt32LE(HEADER_BYTES) & REQUIRED & ~MORE_TO_COME;
  ensure(flags === 0, 9, `Message contains illegal flags value: ${flags}`);
  let body: Doc | null = null;
  const lists: [string, Value][] = [];
  for (let at = HEADER_BYTES + 4; at < message.length;) {
    const kind = message.readUInt8(at);
    const section = sized(message, at + 1);
    at += 1 + section.length;
    ensure(kind === 1 || (kind === 0 && !body), 9, `Unexpected section of kind ${kind}`);
    if (kind === 0) body = decode(section);
    else lists.push(readSequence(section));
  }
  ensure(body, 9, 'The message has no body section');
  const all = new Map([...body, ...lists]);
  ensure(all.size === body.size + lists.length, 9, 'A field of the message comes twice');
  return all;
}

function readSequence(section: Buffer): [string, Value[]] {
  const [name, start] = cstring(section, 4);
  const documents: Value[] = [];
  for (let at = start; at < section.length;) {
    const document = sized(section, at);
    documents.push(decode(document));
    at += document.length;
  }
  return [name, documents];
}

/** The part that begins with its own length. */
function sized(bytes: Buffer, at: number): Buffer {
  const size = at + 4 <= bytes.length ? bytes.readInt32LE(at) : 0;
  ensure(size >= 5 && at + size <= bytes.length, 22, 'A part has a wrong length');
  return bytes.subarray(at, at + size);
}

/** A text that ends with a zero byte, and the place behind it. */
function cstring(bytes: Buffer, start: number): [string, number] {
  const end = bytes.indexOf(0, start);
  ensure(end >= 0, 22, 'A name has no end');
  return [bytes.toString('utf8', start, end), end + 1];
}

/** Writes the answer to a request. @throws Refusal 10334 when it is too large */
export function writeReply({ id, answer }: Request, reply: Reply): Buffer {
  const [legacy, failed] = [answer === 'reply', reply['ok'] !== 1];
  const body = encode(legacy && failed ? { $err: reply['errmsg'], ...reply } : reply);
  const head = Buffer.alloc(HEADER_BYTES + (legacy ? 20 : 5));
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(id, 8);
  head.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) {
    // 8: AwaitCapable, as every server says; 2 besides: the query failed.
    head.writeInt32LE(failed ? 10 : 8, HEADER_BYTES);
    head.writeInt32LE(1, HEADER_BYTES + 16);
  }
  return Buffer.concat([head, body]);
}
