import { Binary, BSONRegExp, Double, Int32, Long } from 'bson';
import { type Doc, isArray, isDoc, type Value } from './values.js';

/**
 * The first byte of a key, by the type's name in `$type`. The bytes follow the order of types in
 * MongoDB's comparison. `empty` is the entry that an empty array has in an index.
 */
export const TYPE = {
  empty: '\x02',
  null: '\x05',
  number: '\x10',
  string: '\x15',
  object: '\x20',
  array: '\x25',
  binData: '\x30',
  objectId: '\x35',
  bool: '\x40',
  date: '\x45',
  regex: '\x50',
} as const;

const END = '\0';
/** A bound above all keys: no key begins with this byte. */
export const TOP = '\xff';

/**
 * The key of a value: a text of bytes (Latin-1) that sorts as MongoDB sorts the values.
 *
 * Equal values have equal keys: 5, 5.0 and the long 5 share one, and a missing value has that of
 * null. No key is the beginning of another key, so the key of several values is their keys in a
 * row. Equality, ranges, sorts, groups and uniqueness all compare keys and nothing else, so they
 * can't disagree.
 */
export function keyOf(value: Value | undefined): string {
  if (value === undefined || value === null) return TYPE.null;
  if (typeof value === 'string') return textKey(TYPE.string, value);
  if (typeof value === 'boolean') return TYPE.bool + (value ? '\x01' : '\0');
  if (value instanceof Date) return numberKey(TYPE.date, value.getTime());
  if (value instanceof Int32 || value instanceof Double) return numberKey(TYPE.number, value.value);
  if (value instanceof Long) return numberKey(TYPE.number, value.toNumber());
  if (value instanceof Binary) return binaryKey(value);
  if (value instanceof BSONRegExp)
    return textKey(TYPE.regex, value.pattern) + textKey(TYPE.regex, value.options);
  if (isArray(value)) return TYPE.array + value.map(keyOf).join('') + END;
  if (isDoc(value)) return documentKey(value);
  return TYPE.objectId + bytesKey(value.id);
}

/** True when MongoDB counts both as equal: numbers by value, documents with the order of fields. */
export const sameValue = (a: Value | undefined, b: Value | undefined): boolean =>
  keyOf(a) === keyOf(b);

/** The bound above a key and above everything that begins with it. */
export const after = (key: string): string => key + TOP;

/** A number as eight bytes that sort as doubles do. NaN is all zeros: below every number. */
function numberKey(type: string, value: number): string {
  const bytes = Buffer.alloc(8);
  // Adding 0 turns -0 into 0. A negative number has all bits inverted, because its bits grow as
  // the number falls; any other number has its sign bit set, to sort above the negative ones.
  bytes.writeDoubleBE(value + 0);
  const bits = bytes.readBigUInt64BE();
  const ordered = value < 0 ? BigInt.asUintN(64, ~bits) : bits | (1n << 63n);
  bytes.writeBigUInt64BE(Number.isNaN(value) ? 0n : ordered);
  return type + bytes.toString('latin1');
}

/** A text as UTF-8 that ends with 00 00; a zero byte inside the text is followed by U+FFFF. */
function textKey(type: string, text: string): string {
  // U+FFFF is EF BF BF in UTF-8, above the second 00 of an end: a longer text sorts higher.
  const safe = text.includes('\0') ? text.replaceAll('\0', '\0\uFFFF') : text;
  return type + Buffer.from(safe).toString('latin1') + END + END;
}

/** Binary data: MongoDB compares the length first, then the subtype, then the bytes. */
function binaryKey({ buffer, position, sub_type: subtype }: Binary): string {
  const head = Buffer.from([0, 0, 0, 0, subtype]);
  head.writeUInt32BE(position);
  return TYPE.binData + bytesKey(head) + bytesKey(buffer.subarray(0, position));
}

/** A document: MongoDB compares field by field, of each field the type, then name, then value. */
function documentKey(doc: Doc): string {
  const fields = [...doc].map(([name, item]) => {
    const key = keyOf(item);
    return textKey(key.charAt(0), name) + key;
  });
  return TYPE.object + fields.join('') + END;
}

const bytesKey = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
