import { Long } from 'bson';
import { MongoFailure } from './mongo-failure.js';
import { type Budget, decode, type Doc, encode, newBudget, type Value } from './values.js';

/** A message as it came: the command in one document, the kind-1 sections put where they belong. */
export interface Request {
  readonly id: number;
  readonly command: Doc;
  /** `reply`: OP_REPLY to an OP_QUERY; `message`: OP_MSG; `none`: the client wants no answer. */
  readonly answer: 'reply' | 'message' | 'none';
}

/** Documents of a cursor's batch, put into the reply as they are stored. */
export class Batch {
  constructor(
    readonly field: 'firstBatch' | 'nextBatch',
    readonly documents: readonly Uint8Array[],
    readonly id: Long,
    readonly namespace: string,
  ) {}
}

export type Reply = Readonly<Record<string, unknown>>;

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
export const HEADER_BYTES = 16;
/** The size that `hello` announces. */
export const MAX_MESSAGE_BYTES = 48_000_000;
/** Sections of one kind 1 each; clients send at most two. */
const MAX_SECTIONS = 16;
const FLAG = { checksum: 1, moreToCome: 2, known: 3, required: 0xffff } as const;

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
export function requestOf(message: Buffer): Pick<Request, 'id' | 'answer'> {
  const id = message.readInt32LE(4);
  const opcode = message.readInt32LE(12);
  if (opcode === OP_QUERY) return { id, answer: 'reply' };
  if (opcode !== OP_MSG || message.length < HEADER_BYTES + 5)
    throw new BrokenMessage(`opcode ${opcode}`);
  const flags = message.readUInt32LE(HEADER_BYTES);
  return { id, answer: flags & FLAG.moreToCome ? 'none' : 'message' };
}

/** Reads the command of a message. @throws MongoFailure when its inside is wrong */
export function readCommand(message: Buffer): Doc {
  try {
    return message.readInt32LE(12) === OP_QUERY ? readQuery(message) : readMsg(message);
  } catch (error) {
    if (error instanceof RangeError)
      throw new MongoFailure(22, 'A section reaches past the message');
    throw error;
  }
}

/** Old clients shake hands by OP_QUERY on `admin.$cmd`; nothing else may come that way. */
function readQuery(message: Buffer): Doc {
  const nameStart = HEADER_BYTES + 4;
  const nameEnd = message.indexOf(0, nameStart);
  if (nameEnd < 0) throw new MongoFailure(22, 'The collection name has no end');
  const name = message.toString('utf8', nameStart, nameEnd);
  const at = nameEnd + 9;
  const command = decode(message.subarray(at, at + message.readInt32LE(at)));
  const [first = ''] = command.keys();
  if (!name.endsWith('.$cmd') || !/^(hello|is_?master)$/i.test(first))
    throw new MongoFailure(352, 'Unsupported OP_QUERY command: only the handshake may use it');
  return command.set('$db', name.slice(0, -'.$cmd'.length));
}

function readMsg(message: Buffer): Doc {
  const flags = message.readUInt32LE(HEADER_BYTES);
  if (flags & FLAG.required & ~FLAG.known)
    throw new MongoFailure(9, `Message contains illegal flags value: ${flags}`);
  const end = message.length - (flags & FLAG.checksum ? 4 : 0);
  let body: Doc | null = null;
  const sections = new Map<string, Value[]>();
  const budget = newBudget();
  let at = HEADER_BYTES + 4;
  while (at < end) {
    const kind = message.readUInt8(at++);
    const size = message.readInt32LE(at);
    if (size < 5 || at + size > end) throw new MongoFailure(22, 'A section has a wrong length');
    const section = message.subarray(at, at + size);
    at += size;
    if (kind === 0 && !body) body = decode(section, budget);
    else if (kind === 1 && sections.size < MAX_SECTIONS) readSequence(section, sections, budget);
    else throw new MongoFailure(9, `Unexpected section of kind ${kind}`);
  }
  if (!body) throw new MongoFailure(9, 'The message has no body section');
  for (const [name, documents] of sections) {
    if (body.has(name)) throw new MongoFailure(9, `The field '${name}' comes twice`);
    body.set(name, documents);
  }
  return body;
}

function readSequence(section: Buffer, sections: Map<string, Value[]>, budget: Budget): void {
  const nameEnd = section.indexOf(0, 4);
  if (nameEnd < 0) throw new MongoFailure(22, 'A document sequence has no name');
  const name = section.toString('utf8', 4, nameEnd);
  const documents: Value[] = [];
  for (let at = nameEnd + 1; at < section.length;) {
    const size = section.readInt32LE(at);
    if (size < 5) throw new MongoFailure(22, 'A document has a wrong length');
    documents.push(decode(section.subarray(at, at + size), budget));
    at += size;
  }
  if (sections.has(name)) throw new MongoFailure(9, `The section '${name}' comes twice`);
  sections.set(name, documents);
}

/** Writes the answer to a request. */
export function writeReply(to: Pick<Request, 'id' | 'answer'>, reply: Reply): Buffer {
  const legacy = to.answer === 'reply';
  const failed = reply['ok'] !== 1;
  const body = encodeReply(legacy && failed ? { $err: reply['errmsg'], ...reply } : reply);
  const head = Buffer.alloc(HEADER_BYTES + (legacy ? 20 : 5));
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(to.id, 8);
  head.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) {
    // 8: AwaitCapable, as every server says; 2 besides: the query failed.
    head.writeInt32LE(failed ? 10 : 8, HEADER_BYTES);
    head.writeInt32LE(1, HEADER_BYTES + 16);
  }
  return Buffer.concat([head, body]);
}

function encodeReply(reply: Reply): Uint8Array {
  const { cursor, ...rest } = reply;
  if (!(cursor instanceof Batch)) return encode(reply);
  const array = wrap(cursor.documents.map((bytes, i) => element(0x03, String(i), bytes)));
  const fields = encode({ id: cursor.id, ns: cursor.namespace }).subarray(4, -1);
  const inner = wrap([element(0x04, cursor.field, array), fields]);
  return wrap([element(0x03, 'cursor', inner), encode(rest).subarray(4, -1)]);
}

function element(type: number, name: string, value: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${String.fromCharCode(type)}${name}\0`, 'latin1'), value]);
}

function wrap(parts: readonly Uint8Array[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 5);
  const head = Buffer.alloc(4);
  head.writeInt32LE(size);
  return Buffer.concat([head, ...parts, Buffer.alloc(1)], size);
}
