import { Binary, BSONRegExp, Double, Int32, Long } from 'bson';
import { type Doc, isArray, isDoc, type Value } from './values.js';

/**
 * First byte of a key: the order of BSON types in MongoDB's comparison, by the names of `$type`.
 * `empty` is what an empty array leaves in an index; nothing else sorts there.
 */
export const TYPE = {
  empty: 0x02,
  null: 0x05,
  number: 0x10,
  string: 0x15,
  object: 0x20,
  array: 0x25,
  binData: 0x30,
  objectId: 0x35,
  bool: 0x40,
  date: 0x45,
  regex: 0x50,
} as const;

const NULL_KEY = Buffer.from([TYPE.null]);
const END = Buffer.from([0]);
/** Above all keys: none begins with it. */
export const TOP = Buffer.from([0xff]);

/**
 * Bytes whose order is MongoDB's order of values: equal values have equal bytes (5, 5.0 and the
 * long 5 are one), and no key is the beginning of another, so that a compound key is a
 * concatenation. Missing counts as null. They alone decide equality, ranges, sorts, groups and
 * uniqueness.
 */
export function keyBytes(value: Value | undefined): Buffer {
  if (value === undefined || value === null) return NULL_KEY;
  if (typeof value === 'string') return escaped(TYPE.string, value);
  if (typeof value === 'boolean') return Buffer.from([TYPE.bool, Number(value)]);
  if (value instanceof Date) return dateKey(value);
  if (value instanceof Int32 || value instanceof Double) return numberKey(value.value);
  if (value instanceof Long) return numberKey(value.toNumber());
  if (value instanceof Binary) return binaryKey(value);
  if (value instanceof BSONRegExp)
    return Buffer.concat([escaped(TYPE.regex, value.pattern), escaped(TYPE.regex, value.options)]);
  if (isArray(value))
    return Buffer.concat([Buffer.from([TYPE.array]), ...value.map(keyBytes), END]);
  if (isDoc(value)) return objectKey(value);
  // `id` allocates at each reading: read once.
  return Buffer.from([TYPE.objectId, ...value.id]);
}

/** The same bytes as a text, for a Map or a Set. */
export const keyText = (value: Value | undefined): string => keyBytes(value).toString('latin1');

/** Order of two values: negative, zero or positive. */
export const compareValues = (a: Value | undefined, b: Value | undefined): number =>
  Buffer.compare(keyBytes(a), keyBytes(b));

/** True when MongoDB takes both for the same value; numbers by value, documents with their order. */
export const sameValue = (a: Value | undefined, b: Value | undefined): boolean =>
  compareValues(a, b) === 0;

/** A bound right above everything that begins with a key. */
export const after = (key: Uint8Array): Buffer => Buffer.concat([key, TOP]);

/** Field by field: type first, then name, then value, as MongoDB compares objects. */
function objectKey(doc: Doc): Buffer {
  const fields = [...doc].flatMap(([name, item]) => {
    const key = keyBytes(item);
    return [escaped(key.readUInt8(0), name), key];
  });
  return Buffer.concat([Buffer.from([TYPE.object]), ...fields, END]);
}

function binaryKey(value: Binary): Buffer {
  const head = Buffer.from([TYPE.binData, 0, 0, 0, 0, value.sub_type]);
  head.writeUInt32BE(value.position, 1);
  return Buffer.concat([head, value.buffer.subarray(0, value.position)]);
}

function dateKey(value: Date): Buffer {
  const bytes = Buffer.alloc(9, TYPE.date);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value.getTime())) ^ (1n << 63n), 1);
  return bytes;
}

/** UTF-8 that can be followed by anything: a zero byte is followed by U+FFFF, the end is 00 00. */
function escaped(type: number, text: string): Buffer {
  // U+FFFF is EF BF BF: above the 00 that ends a string, below nothing that could follow it.
  const safe = text.includes('\0') ? text.replaceAll('\0', '\0\uFFFF') : text;
  const bytes = Buffer.from(`\0${safe}\0\0`, 'utf8');
  bytes.writeUInt8(type, 0);
  return bytes;
}

/** Eight bytes in the order of doubles; NaN is below all, as zeros. */
function numberKey(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt8(TYPE.number);
  if (Number.isNaN(value)) return bytes;
  // Adding 0 makes 0 of -0. A negative number has its bits upside down, the others follow them.
  bytes.writeDoubleBE(value + 0, 1);
  const bits = bytes.readBigUInt64BE(1);
  bytes.writeBigUInt64BE(value < 0 ? BigInt.asUintN(64, ~bits) : bits | (1n << 63n), 1);
  return bytes;
}
