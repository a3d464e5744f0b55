import {
  Binary,
  BSONError,
  BSONRegExp,
  calculateObjectSize,
  Double,
  Int32,
  Long,
  ObjectId,
  onDemand,
  serialize,
  setInternalBufferSize,
} from 'bson';
import { isUtf8 } from 'node:buffer';
import { badValue, Refusal } from './refusal.js';
import type { Doc, Value } from './values.js';

/** MongoDB's limits: what it announces in `hello`, and the nesting that it documents. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 100;
/** ECMAScript's limit on a time, in milliseconds around 1970. */
const MAX_TIME = 8.64e15;
/** bson writes past the end of a short buffer without a word, so the largest reply must fit. */
const MAX_ENCODED_BYTES = 64 * 1024 * 1024;
setInternalBufferSize(MAX_ENCODED_BYTES);

/** What is left of the documents and arrays that a message may hold: each costs far more than its bytes. */
export interface Budget {
  containers: number;
}

/** 48 MB of empty documents would need gigabytes. */
export const newBudget = (): Budget => ({ containers: 500_000 });

/**
 * Reads a document. bson finds the elements and checks their bounds; what it makes of them itself
 * are objects, so the values are read here.
 *
 * @throws Refusal 22 when the bytes are not BSON, 15 when nested too deeply or past the budget
 */
export function decode(bytes: Uint8Array, budget = newBudget()): Doc {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (buffer.length < 5 || buffer.readInt32LE(0) !== buffer.length)
      throw invalid('a wrong length');
    return new Map(readElements(buffer, 0, 0, budget));
  } catch (error) {
    if (error instanceof BSONError || error instanceof RangeError) throw invalid(error.message);
    throw error;
  }
}

/** Writes a document. @throws Refusal 10334 when it is larger than `limit` bytes */
export function encode(doc: Doc | Record<string, unknown>, limit = MAX_ENCODED_BYTES): Uint8Array {
  // The document's size can only be known to be small enough by counting first.
  const size = calculateObjectSize(doc, { ignoreUndefined: false });
  if (size > limit)
    throw new Refusal(10334, `BSONObj size: ${size} is invalid. Size must be at most ${limit}`);
  return serialize(doc, { ignoreUndefined: false });
}

const invalid = (why: string): Refusal => new Refusal(22, `Invalid BSON: ${why}`);

function readElements(
  buffer: Buffer,
  start: number,
  depth: number,
  budget: Budget,
): [string, Value][] {
  if (depth > MAX_DEPTH) throw new Refusal(15, `Nested more than ${MAX_DEPTH} levels deep`);
  if (budget.containers-- <= 0) throw new Refusal(15, 'Too many documents and arrays');
  return Array.from(
    onDemand.parseToElements(buffer, start),
    ([type, name, nameLength, at, length]) => {
      const key = text(buffer, name, name + nameLength);
      if (type === 3) return [key, new Map(readElements(buffer, at, depth + 1, budget))];
      if (type !== 4) return [key, readValue(buffer, type, at, at + length)];
      return [key, readElements(buffer, at, depth + 1, budget).map(([, item]) => item)];
    },
  );
}

function readValue(buffer: Buffer, type: number, at: number, end: number): Value {
  switch (type) {
    case 1:
      return new Double(buffer.readDoubleLE(at));
    case 2:
      if (end - at < 5 || buffer[end - 1] !== 0) throw invalid('a string has no end');
      return text(buffer, at + 4, end - 1);
    case 5:
      // Subtype 2 repeats its length inside.
      if (buffer[at + 4] === 2) throw badValue('Binary of the old subtype 2 is not supported');
      return new Binary(Uint8Array.from(buffer.subarray(at + 5, end)), buffer[at + 4]);
    case 7:
      return new ObjectId(Uint8Array.from(buffer.subarray(at, end)));
    case 8:
      if (buffer.readUInt8(at) > 1) throw invalid('a boolean is neither 0 nor 1');
      return buffer[at] === 1;
    case 9: {
      const time = Number(buffer.readBigInt64LE(at));
      if (Math.abs(time) > MAX_TIME) throw badValue('A date outside the years -271821 to 275760');
      return new Date(time);
    }
    case 10:
      return null;
    case 11: {
      const middle = buffer.indexOf(0, at);
      return new BSONRegExp(text(buffer, at, middle), text(buffer, middle + 1, end - 1));
    }
    case 16:
      return new Int32(buffer.readInt32LE(at));
    case 18:
      return Long.fromBigInt(buffer.readBigInt64LE(at));
    default:
      throw badValue(`The BSON type 0x${type.toString(16)} is not supported`);
  }
}

function text(buffer: Buffer, start: number, end: number): string {
  const string = buffer.toString('utf8', start, end);
  // Broken UTF-8 would come back as other bytes than were sent, and two strings become one.
  if (string.includes('\uFFFD') && !isUtf8(buffer.subarray(start, end)))
    throw invalid('a string is not UTF-8');
  return string;
}
