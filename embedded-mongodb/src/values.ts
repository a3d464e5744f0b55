import { isUtf8 } from 'node:buffer';
import {
  Binary,
  BSONRegExp,
  calculateObjectSize,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  serialize,
  setInternalBufferSize,
  Timestamp,
} from 'bson';
import { badValue, MongoFailure } from './mongo-failure.js';

/**
 * A document in the order of its fields. A Map and not an object: an object would reorder keys that
 * look like numbers, and the key `__proto__` would change its prototype.
 */
export type Doc = Map<string, Value>;
/** A BSON value. Numbers keep their wrapper, so that 5.0 stays a double and 5 an int32. */
export type Value =
  | null
  | boolean
  | string
  | Date
  | Int32
  | Double
  | Long
  | Decimal128
  | ObjectId
  | Binary
  | BSONRegExp
  | Timestamp
  | Code
  | MinKey
  | MaxKey
  | Doc
  | Value[];

/** MongoDB's limits: what it announces in `hello`, and the nesting that it documents. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 100;
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
 * Reads a document.
 *
 * @throws MongoFailure 22 when the bytes are not BSON, 15 when nested too deeply or past the budget
 */
export function decode(bytes: Uint8Array, budget = newBudget()): Doc {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const reader = new Reader(buffer, budget);
    const doc = reader.document(0);
    if (reader.at !== buffer.length) throw invalid('bytes after the end of the document');
    return doc;
  } catch (error) {
    if (error instanceof RangeError) throw invalid('a length reaches past the end');
    throw error;
  }
}

/** Writes a document. @throws MongoFailure 10334 when it is larger than `limit` bytes */
export function encode(doc: Doc | Record<string, unknown>, limit = MAX_ENCODED_BYTES): Uint8Array {
  // The document's size can only be known to be small enough by counting first.
  const size = calculateObjectSize(doc, { ignoreUndefined: false });
  if (size > limit)
    throw new MongoFailure(
      10334,
      `BSONObj size: ${size} is invalid. Size must be at most ${limit}`,
    );
  return serialize(doc, { ignoreUndefined: false });
}

/** The name of a value's type as `$type` and messages spell it. */
export function typeName(value: Value | undefined): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (Array.isArray(value)) return 'array';
  if (value instanceof Map) return 'object';
  if (value instanceof Date) return 'date';
  return BSON_TYPE_NAMES[value._bsontype];
}

const BSON_TYPE_NAMES = {
  Int32: 'int',
  Double: 'double',
  Long: 'long',
  Decimal128: 'decimal',
  ObjectId: 'objectId',
  Binary: 'binData',
  BSONRegExp: 'regex',
  Timestamp: 'timestamp',
  Code: 'javascript',
  MinKey: 'minKey',
  MaxKey: 'maxKey',
} as const;

/** The number in a BSON number; `null` for anything else. A long outside 2^53 loses its low digits. */
export function toNumber(value: Value | undefined): number | null {
  if (value instanceof Int32 || value instanceof Double) return value.value;
  // Timestamp extends Long in bson's classes but is no number in MongoDB.
  if (value instanceof Long && !(value instanceof Timestamp)) return value.toNumber();
  if (value instanceof Decimal128) return Number(value.toString());
  return null;
}

/** The exact whole number in an int or a long. */
export function toBigInt(value: Int32 | Long): bigint {
  return value instanceof Int32 ? BigInt(value.value) : value.toBigInt();
}

/** A whole number as the smallest BSON type that holds it. */
export function wholeNumber(value: number): Int32 | Long {
  return value === (value | 0) ? new Int32(value) : Long.fromNumber(value);
}

/** MongoDB's notion of true: anything but false, zero, null and missing. */
export function truthy(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false) return false;
  return toNumber(value) !== 0;
}

/** The way a value stands in MongoDB's messages, near enough for a person. */
export function show(value: Value | undefined): string {
  if (value === undefined) return '(missing)';
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[ ${value.map(show).join(', ')} ]`;
  if (value instanceof Map)
    return `{ ${[...value].map(([key, item]) => `${key}: ${show(item)}`).join(', ')} }`;
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof Int32 || value instanceof Double) return String(value.value);
  if (value instanceof Binary) return `BinData(${value.sub_type}, ${value.toString('hex')})`;
  return typeof value === 'boolean' || value instanceof Long || value instanceof Decimal128
    ? value.toString()
    : typeName(value);
}

/** A copy that shares no document or array with the original. */
export function clone(value: Value): Value {
  if (Array.isArray(value)) return value.map(clone);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, clone(item)]));
  return value;
}

function invalid(why: string): MongoFailure {
  return new MongoFailure(22, `Invalid BSON: ${why}`);
}

/** Reads BSON with every length checked; the checks of Buffer's own readers are part of it. */
class Reader {
  at = 0;

  constructor(
    private readonly buffer: Buffer,
    private readonly budget: Budget,
  ) {}

  document(depth: number): Doc {
    const doc: Doc = new Map();
    this.elements(depth, (name, value) => doc.set(name, value));
    return doc;
  }

  private array(depth: number): Value[] {
    const items: Value[] = [];
    this.elements(depth, (_name, value) => items.push(value));
    return items;
  }

  private elements(depth: number, add: (name: string, value: Value) => void): void {
    if (depth > MAX_DEPTH)
      throw new MongoFailure(15, `Exceeded the maximum nesting of ${MAX_DEPTH} levels`);
    if (this.budget.containers-- <= 0)
      throw new MongoFailure(15, 'Too many documents and arrays in one message');
    const start = this.at;
    const size = this.int32();
    const end = start + size - 1;
    if (size < 5 || end >= this.buffer.length || this.buffer[end] !== 0)
      throw invalid('a document has a wrong length');
    while (this.at < end) {
      const type = this.buffer.readUInt8(this.at++);
      add(this.cstring(), this.value(type, depth));
    }
    if (this.at !== end) throw invalid('an element reaches past its document');
    this.at = end + 1;
  }

  private value(type: number, depth: number): Value {
    switch (type) {
      case 0x01:
        return new Double(this.buffer.readDoubleLE(this.skip(8)));
      case 0x02:
        return this.string();
      case 0x03:
        return this.document(depth + 1);
      case 0x04:
        return this.array(depth + 1);
      case 0x05:
        return this.binary();
      case 0x07:
        return new ObjectId(Uint8Array.from(this.bytes(12)));
      case 0x08:
        return this.boolean();
      case 0x09:
        return this.date();
      case 0x0a:
        return null;
      case 0x0b:
        return new BSONRegExp(this.cstring(), this.cstring());
      case 0x0d:
        return new Code(this.string());
      case 0x10:
        return new Int32(this.int32());
      case 0x11:
        return new Timestamp(this.long(true));
      case 0x12:
        return this.long(false);
      case 0x13:
        return new Decimal128(Uint8Array.from(this.bytes(16)));
      case 0x7f:
        return new MaxKey();
      case 0xff:
        return new MinKey();
      default:
        throw badValue(
          `The BSON type 0x${type.toString(16)} is deprecated or unknown, and refused`,
        );
    }
  }

  private skip(count: number): number {
    const start = this.at;
    if (count < 0 || start + count > this.buffer.length) throw invalid('a value is cut short');
    this.at += count;
    return start;
  }

  private bytes(count: number): Buffer {
    const start = this.skip(count);
    return this.buffer.subarray(start, start + count);
  }

  private int32(): number {
    return this.buffer.readInt32LE(this.skip(4));
  }

  private long(unsigned: boolean): Long {
    const start = this.skip(8);
    return new Long(this.buffer.readInt32LE(start), this.buffer.readInt32LE(start + 4), unsigned);
  }

  private boolean(): boolean {
    const byte = this.buffer.readUInt8(this.skip(1));
    if (byte > 1) throw invalid('a boolean is neither 0 nor 1');
    return byte === 1;
  }

  private date(): Date {
    const date = new Date(this.long(false).toNumber());
    if (Number.isNaN(date.getTime()))
      throw badValue('A date lies outside the years -271821 to 275760');
    return date;
  }

  private binary(): Binary {
    const size = this.int32();
    const subtype = this.buffer.readUInt8(this.skip(1));
    // Subtype 2 repeats its length inside; bson writes it again on encoding.
    const inner = subtype === Binary.SUBTYPE_BYTE_ARRAY;
    if (inner && this.int32() !== size - 4) throw invalid('a binary has two different lengths');
    return new Binary(Uint8Array.from(this.bytes(inner ? size - 4 : size)), subtype);
  }

  private string(): string {
    const size = this.int32();
    if (size < 1) throw invalid('a string has no length');
    const bytes = this.bytes(size);
    if (bytes[size - 1] !== 0) throw invalid('a string has no end');
    return text(bytes.subarray(0, -1));
  }

  private cstring(): string {
    const end = this.buffer.indexOf(0, this.at);
    if (end < 0) throw invalid('a name has no end');
    const name = text(this.buffer.subarray(this.at, end));
    this.at = end + 1;
    return name;
  }
}

function text(bytes: Buffer): string {
  const string = bytes.toString('utf8');
  // Broken UTF-8 would come back as other bytes than were sent, and two strings become one.
  if (string.includes('\uFFFD') && !isUtf8(bytes)) throw invalid('a string is not UTF-8');
  return string;
}
