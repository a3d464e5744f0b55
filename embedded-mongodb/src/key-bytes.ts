import {
  Binary,
  BSONRegExp,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import type { Value } from './values.js';

/**
 * First byte of a key: the order of BSON types in MongoDB's comparison. EMPTY is what an empty array
 * leaves in an index; nothing else sorts there.
 */
export const TYPE = {
  minKey: 0x01,
  empty: 0x02,
  null: 0x05,
  number: 0x10,
  string: 0x15,
  object: 0x20,
  array: 0x25,
  binary: 0x30,
  objectId: 0x35,
  boolean: 0x40,
  date: 0x45,
  timestamp: 0x47,
  regex: 0x50,
  code: 0x55,
  maxKey: 0x7f,
} as const;

/** Second byte of a number's key. NaN sorts below all numbers and is in no range. */
const NUMBER = {
  nan: 0,
  minusInfinity: 1,
  negative: 2,
  zero: 3,
  positive: 4,
  infinity: 5,
} as const;
/** Where the numbers that a range can hold begin. */
export const FIRST_NUMBER = Buffer.from([TYPE.number, NUMBER.minusInfinity]);
export const EMPTY_ARRAY_KEY = Buffer.from([TYPE.empty]);
export const NULL_KEY = Buffer.from([TYPE.null]);

/**
 * Bytes whose order is MongoDB's order of values: equal values have equal bytes (5, 5.0 and the long
 * 5 are one), and no key is the beginning of another, so that a compound key is a concatenation.
 * Missing counts as null.
 */
export function keyBytes(value: Value | undefined): Buffer {
  const parts: Buffer[] = [];
  write(value ?? null, parts);
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

/** Order of two values: negative, zero or positive. */
export function compareValues(a: Value | undefined, b: Value | undefined): number {
  if (a instanceof Int32 && b instanceof Int32) return a.value - b.value;
  return Buffer.compare(keyBytes(a), keyBytes(b));
}

/** True when MongoDB takes both for the same value; numbers by value, documents with their order. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  return compareValues(a, b) === 0;
}

/** The same order upside down, for a descending field of an index. */
export function invert(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.map((byte) => 255 - byte));
}

/** The least bytes above everything that begins with `prefix`; `null` when there are none. */
export function afterPrefix(prefix: Uint8Array): Buffer | null {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === 0xff) end--;
  if (end === 0) return null;
  const next = Buffer.from(prefix.subarray(0, end));
  next.writeUInt8(next.readUInt8(end - 1) + 1, end - 1);
  return next;
}

function write(value: Value, out: Buffer[]): void {
  if (value === null) out.push(NULL_KEY);
  else if (typeof value === 'string') out.push(Buffer.from([TYPE.string]), escaped(value));
  else if (typeof value === 'boolean') out.push(Buffer.from([TYPE.boolean, Number(value)]));
  else if (value instanceof Date) out.push(int64(TYPE.date, BigInt(value.getTime())));
  else if (Array.isArray(value)) writeArray(value, out);
  else if (value instanceof Map) writeObject(value, out);
  else writeBson(value, out);
}

type BsonValue = Exclude<Value, null | string | boolean | Date | Value[] | Map<string, Value>>;

function writeBson(value: BsonValue, out: Buffer[]): void {
  if (value instanceof Int32 || value instanceof Double) out.push(double(value.value));
  else if (value instanceof ObjectId)
    // `id` allocates at each reading: read once.
    out.push(Buffer.from([TYPE.objectId, ...value.id]));
  else if (value instanceof Timestamp) out.push(uint64(TYPE.timestamp, value.toBigInt()));
  else if (value instanceof Long) out.push(decimal(value.toString()));
  else if (value instanceof Decimal128) out.push(decimal(value.toString()));
  else if (value instanceof Binary) writeBinary(value, out);
  else if (value instanceof BSONRegExp)
    out.push(Buffer.from([TYPE.regex]), escaped(value.pattern), escaped(value.options));
  else if (value instanceof Code) out.push(Buffer.from([TYPE.code]), escaped(value.code));
  else out.push(Buffer.from([value instanceof MinKey ? TYPE.minKey : TYPE.maxKey]));
}

function writeArray(items: Value[], out: Buffer[]): void {
  out.push(Buffer.from([TYPE.array]));
  for (const item of items) write(item, out);
  out.push(END);
}

/** Field by field: type first, then name, then value, as MongoDB compares objects. */
function writeObject(doc: Map<string, Value>, out: Buffer[]): void {
  out.push(Buffer.from([TYPE.object]));
  for (const [name, item] of doc) {
    const key = keyBytes(item);
    out.push(key.subarray(0, 1), escaped(name), key);
  }
  out.push(END);
}

function writeBinary(value: Binary, out: Buffer[]): void {
  const head = Buffer.from([TYPE.binary, 0, 0, 0, 0, value.sub_type]);
  head.writeUInt32BE(value.position, 1);
  out.push(head, Buffer.from(value.buffer.subarray(0, value.position)));
}

const END = Buffer.from([0]);

/** UTF-8 that can be followed by anything: a zero byte is followed by U+FFFF, the end is 00 00. */
function escaped(text: string): Buffer {
  // U+FFFF is EF BF BF: above the 00 that ends a string, below nothing that could follow it.
  const safe = text.includes('\0') ? text.replaceAll('\0', '\0\uFFFF') : text;
  return Buffer.from(`${safe}\0\0`, 'utf8');
}

function int64(type: number, value: bigint): Buffer {
  return uint64(type, BigInt.asUintN(64, value) ^ (1n << 63n));
}

function uint64(type: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(9, type);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value), 1);
  return bytes;
}

function double(value: number): Buffer {
  if (Number.isSafeInteger(value) || !Number.isFinite(value)) return decimal(String(value));
  return decimal(exactDecimal(value));
}

/** All the digits of a double: 0.1 is a little more than one tenth, and must not equal Decimal128 0.1. */
function exactDecimal(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = exponent === 0 ? fraction : fraction | (1n << 52n);
  // value = mantissa * 2^power; a negative power is written as 5^n / 10^n.
  const power = Math.max(exponent, 1) - 1075;
  const sign = value < 0 ? '-' : '';
  if (power >= 0) return `${sign}${mantissa << BigInt(power)}`;
  return `${sign}${mantissa * 5n ** BigInt(-power)}E${power}`;
}

/** Sign, exponent and digits of a number's text; the text may have a point and an exponent. */
function decimal(text: string): Buffer {
  if (text === 'NaN') return Buffer.from([TYPE.number, NUMBER.nan]);
  if (text.endsWith('Infinity'))
    return Buffer.from([TYPE.number, text[0] === '-' ? NUMBER.minusInfinity : NUMBER.infinity]);
  const negative = text[0] === '-';
  const [mantissa = '', exponent = '0'] = text.slice(negative ? 1 : 0).split(/e/i);
  const point = mantissa.indexOf('.');
  const all = point < 0 ? mantissa : mantissa.slice(0, point) + mantissa.slice(point + 1);
  const digits = all.replace(/^0+/, '');
  if (digits === '') return Buffer.from([TYPE.number, NUMBER.zero]);
  const scale =
    Number(exponent) + (point < 0 ? mantissa.length : point) - (all.length - digits.length);
  const body = Buffer.from(`\0\0${digits.replace(/0+$/, '')}\0`, 'latin1');
  body.writeUInt16BE(scale + 0x8000, 0);
  const sign = Buffer.from([TYPE.number, negative ? NUMBER.negative : NUMBER.positive]);
  return Buffer.concat([sign, negative ? invert(body) : body]);
}
