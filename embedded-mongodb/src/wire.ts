import { type Budget, decode, encode, newBudget } from './codec.js';
import { Refusal } from './refusal.js';
import type { Doc, Value } from './values.js';

/** How a message wants its answer: OP_REPLY to an OP_QUERY, OP_MSG, or none. */
export interface Request {
  readonly id: number;
  readonly answer: 'reply' | 'message' | 'none';
}

/** The fields of an answer. */
export type Reply = Readonly<Record<string, unknown>>;

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
export const HEADER_BYTES = 16;
/** The size that `hello` announces. */
export const MAX_MESSAGE_BYTES = 48_000_000;
/** Sections of one kind 1 each; clients send at most two. */
const MAX_SECTIONS = 16;
/** The flags of a message that wants no answer, and those that a server has to know. */
const MORE_TO_COME = 2;
const REQUIRED = 0xffff;

/** A message that can't be answered because it isn't one: the connection is closed. */
export class BrokenMessage extends Error {}

/** Checks the length that a message begins with. @throws BrokenMessage when no message has it */
export function messageLength(header: Buffer): number {
  const length = header.readInt32LE(0);
  if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES + HEADER_BYTES)
    throw new BrokenMessage(`a message of ${length} bytes`);
  return length;
}

/** Identifies a message before it is read: even a refusal has to go to the right request. */
export function requestOf(message: Buffer): Request {
  const id = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === OP_QUERY) return { id, answer: 'reply' };
  if (opcode !== OP_MSG || message.length < HEADER_BYTES + 5)
    throw new BrokenMessage(`opcode ${opcode}`);
  const flags = message.readUInt32LE(HEADER_BYTES);
  return { id, answer: flags & MORE_TO_COME ? 'none' : 'message' };
}

/** Reads the command of a message. @throws Refusal when its inside is wrong */
export function readCommand(message: Buffer, { answer }: Request): Doc {
  try {
    return answer === 'reply' ? readQuery(message) : readMsg(message);
  } catch (error) {
    throw error instanceof RangeError
      ? new Refusal(22, 'A length reaches past the message')
      : error;
  }
}

/** Old clients shake hands by OP_QUERY on `admin.$cmd`; nothing else may come that way. */
function readQuery(message: Buffer): Doc {
  const [collection, end] = cstring(message, HEADER_BYTES + 4);
  const command = decode(sized(message, end + 8));
  const [first = ''] = command.keys();
  if (collection !== 'admin.$cmd' || !/^(hello|is_?master)$/i.test(first))
    throw new Refusal(352, 'Unsupported OP_QUERY command: only the handshake may use it');
  return new Map([...command, ['$db', 'admin']]);
}

/** The command in the section of kind 0, with the lists of documents from those of kind 1. */
function readMsg(message: Buffer): Doc {
  const flags = message.readUInt32LE(HEADER_BYTES);
  if (flags & REQUIRED & ~MORE_TO_COME)
    throw new Refusal(9, `Message contains illegal flags value: ${flags}`);
  const budget = newBudget();
  let body: Doc | null = null;
  const lists = new Map<string, Value>();
  for (let at = HEADER_BYTES + 4; at < message.length;) {
    const kind = message.readUInt8(at);
    const section = sized(message, at + 1);
    at += 1 + section.length;
    const [name, documents] = kind === 1 ? readSequence(section, budget) : ['', []];
    if (kind === 0 && !body) body = decode(section, budget);
    else if (kind === 1 && lists.size < MAX_SECTIONS && !lists.has(name))
      lists.set(name, documents);
    else throw new Refusal(9, `Unexpected section of kind ${kind}`);
  }
  if (!body) throw new Refusal(9, 'The message has no body section');
  for (const name of lists.keys())
    if (body.has(name)) throw new Refusal(9, `The field '${name}' comes twice`);
  return new Map([...body, ...lists]);
}

function readSequence(section: Buffer, budget: Budget): [string, Value[]] {
  const [name, start] = cstring(section, 4);
  const documents: Value[] = [];
  for (let at = start; at < section.length;) {
    const document = sized(section, at);
    documents.push(decode(document, budget));
    at += document.length;
  }
  return [name, documents];
}

/** The part that begins with its own length. */
function sized(bytes: Buffer, at: number): Buffer {
  const size = bytes.readInt32LE(at);
  if (size < 5 || at + size > bytes.length) throw new Refusal(22, 'A part has a wrong length');
  return bytes.subarray(at, at + size);
}

/** A text that ends with a zero byte, and the place behind it. */
function cstring(bytes: Buffer, start: number): [string, number] {
  const end = bytes.indexOf(0, start);
  if (end < 0) throw new Refusal(22, 'A name has no end');
  return [bytes.toString('utf8', start, end), end + 1];
}

/** Writes the answer to a request. */
export function writeReply({ id, answer }: Request, reply: Reply): Buffer {
  const legacy = answer === 'reply';
  const failed = reply['ok'] !== 1;
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
