import { Double } from 'bson';
import type { Reply } from '../commands/command.js';
import { decode, encode } from '../values/codec.js';
import { ensure } from '../values/refusal.js';
import type { Doc, Value } from '../values/values.js';
import { HEADER_BYTES } from './framing.js';

/** A message, and the answer that it wants: an OP_REPLY to an OP_QUERY, an OP_MSG, or none. */
export interface Request {
  readonly id: number;
  readonly answer: 'reply' | 'message' | 'none';
  /** Reads the command. @throws Refusal when the message has an error behind its header */
  readonly read: () => Doc;
}

const [OP_REPLY, OP_QUERY, OP_MSG] = [1, 2004, 2013];
/** The flag of a message that wants no answer. */
const MORE_TO_COME = 2;
/** A server must refuse a message with an unknown flag among these, and ignore the other flags. */
const REQUIRED = 0xffff;

/**
 * Reads a message's header. The command is read later, so that the answer to a wrong one can carry
 * the message's id.
 * @throws Error for an opcode that can't be answered
 */
export function requestOf(message: Buffer): Request {
  const id = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === OP_QUERY) return { id, answer: 'reply', read: () => readQuery(message) };
  if (opcode !== OP_MSG || message.length < HEADER_BYTES + 5) throw new Error(`opcode ${opcode}`);
  const flags = message.readUInt32LE(HEADER_BYTES);
  const answer = flags & MORE_TO_COME ? 'none' : 'message';
  return { id, answer, read: () => readMsg(message) };
}

/** Reads an OP_QUERY, by which drivers send their handshake to `admin.$cmd` and nothing else. */
function readQuery(message: Buffer): Doc {
  const [collection, end] = cstring(message, HEADER_BYTES + 4);
  const command = decode(sized(message, end + 8));
  const [first = ''] = command.keys();
  const handshake = collection === 'admin.$cmd' && /^(hello|is_?master)$/i.test(first);
  ensure(handshake, 352, 'Unsupported OP_QUERY command: only the handshake may use it');
  return new Map([...command, ['$db', 'admin']]);
}

/** Reads an OP_MSG: the command in its section of kind 0, and lists of documents in those of kind 1. */
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

/** Reads a section of kind 1: the name of a field and the documents in it. */
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

/** The part at a place, which begins with its own length. @throws Refusal 22 for a wrong length */
function sized(bytes: Buffer, at: number): Buffer {
  const size = at + 4 <= bytes.length ? bytes.readInt32LE(at) : 0;
  ensure(size >= 5 && at + size <= bytes.length, 22, 'A part has a wrong length');
  return bytes.subarray(at, at + size);
}

/** A text that ends with a zero byte, and the place behind that byte. @throws Refusal 22 */
function cstring(bytes: Buffer, start: number): [string, number] {
  const end = bytes.indexOf(0, start);
  ensure(end >= 0, 22, 'A name has no end');
  return [bytes.toString('utf8', start, end), end + 1];
}

/** Writes the answer to a request. @throws Refusal 10334 when it is too large */
export function writeReply({ id, answer }: Request, reply: Reply): Buffer {
  const [legacy, failed] = [answer === 'reply', reply['ok'] !== 1];
  // MongoDB's `ok` is a double.
  const fields = { ...reply, ok: new Double(failed ? 0 : 1) };
  const body = encode(legacy && failed ? { $err: reply['errmsg'], ...fields } : fields);
  const head = Buffer.alloc(HEADER_BYTES + (legacy ? 20 : 5));
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(id, 8);
  head.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) {
    // The flag 8 is AwaitCapable, which every server sets; the flag 2 says that the query failed.
    head.writeInt32LE(failed ? 10 : 8, HEADER_BYTES);
    head.writeInt32LE(1, HEADER_BYTES + 16);
  }
  return Buffer.concat([head, body]);
}
