import { Binary, BSONRegExp, Double, Int32, Long } from 'bson';
import { type Doc, isArray, isDoc, toNumber, type Value } from './values.js';

/**
 * What a key begins with: the order of BSON types in MongoDB's comparison, by the names of `$type`.
 * `empty` is what an empty array leaves in an index; nothing else sorts there.
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
/** Above all keys: none begins with it. */
export const TOP = '\xff';

/**
 * A text of bytes (Latin-1) whose order is MongoDB's order of values: equal values have equal keys
 * (5, 5.0 and the long 5 are one), and no key is the beginning of another, so that a compound key
 * is a concatenation. Missing counts as null. Keys alone decide equality, ranges, sorts, groups and
 * uniqueness.
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

/** True when MongoDB takes both for the same value; numbers by value, documents with their order. */
export const sameValue = (a: Value | undefined, b: Value | undefined): boolean =>
  keyOf(a) === keyOf(b);

/** A bound right above everything that begins with a key. */
export const after = (key: string): string => key + TOP;

/** Eight bytes in the order of doubles; NaN is below all, as zeros. */
function numberKey(type: string, value: number): string {
  const bytes = Buffer.alloc(8);
  // Adding 0 makes 0 of -0. A negative number has its bits upside down, the others follow them.
  bytes.writeDoubleBE(value + 0);
  const bits = bytes.readBigUInt64BE();
  const ordered = value < 0 ? BigInt.asUintN(64, ~bits) : bits | (1n << 63n);
  bytes.writeBigUInt64BE(Number.isNaN(value) ? 0n : ordered);
  return type + bytes.toString('latin1');
}

/** UTF-8 that can be followed by anything: a zero byte is followed by U+FFFF, the end is 00 00. */
function textKey(type: string, text: string): string {
  // U+FFFF is EF BF BF: above the 00 that ends a string, below nothing that could follow it.
  const safe = text.includes('\0') ? text.replaceAll('\0', '\0\uFFFF') : text;
  return type + Buffer.from(safe).toString('latin1') + END + END;
}

/** The length comes first, then the subtype. */
function binaryKey({ buffer, position, sub_type: subtype }: Binary): string {
  const head = Buffer.from([0, 0, 0, 0, subtype]);
  head.writeUInt32BE(position);
  return TYPE.binData + bytesKey(head) + bytesKey(buffer.subarray(0, position));
}

/** Field by field: type first, then name, then value, as MongoDB compares objects. */
function documentKey(doc: Doc): string {
  const fields = [...doc].map(([name, item]) => {
    const key = keyOf(item);
    return textKey(key.charAt(0), name) + key;
  });
  return TYPE.object + fields.join('') + END;
}

const bytesKey = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** A stretch of keys, from `low` up to but without `high`. */
export type Interval = Readonly<{ low: string; high: string }>;

/** All values but null, which stands for a missing field, too. */
export const NOT_NULL: Interval = { low: after(TYPE.null), high: TOP };

/** The query operators that say where a value lies. */
export type Comparison = '$eq' | '$in' | '$gt' | '$gte' | '$lt' | '$lte';
export const isComparison = (operator: string): operator is Comparison =>
  ['$eq', '$in', '$gt', '$gte', '$lt', '$lte'].includes(operator);

/**
 * The values that a comparison takes, as stretches of their keys: for testing a value and for
 * finding it in an index alike. A range holds only values of its operand's type.
 */
export function intervalsOf(operator: Comparison, operand: Value): readonly Interval[] {
  if (operator === '$in')
    return [...new Set(isArray(operand) ? operand.map(keyOf) : [])].map(point);
  const low = keyOf(operand);
  const high = after(low);
  // NaN is neither less nor greater than any number, and equal to itself.
  if (operator === '$eq' || Number.isNaN(toNumber(operand)))
    return operator === '$gt' || operator === '$lt' ? [] : [{ low, high }];
  const type = low.charAt(0);
  const end = String.fromCharCode(type.charCodeAt(0) + 1);
  if (operator === '$gt') return [{ low: high, high: end }];
  if (operator === '$gte') return [{ low, high: end }];
  // A range holds no NaN, which sorts below all numbers.
  const first = type === TYPE.number ? after(keyOf(new Double(NaN))) : type;
  return [{ low: first, high: operator === '$lt' ? low : high }];
}

/** True when the key lies in one of the stretches. */
export const contains = (intervals: readonly Interval[], key: string): boolean =>
  intervals.some(({ low, high }) => low <= key && key < high);

/** True when the whole of a stretch lies in one of the others. */
export const isWithin = (intervals: readonly Interval[], { low, high }: Interval): boolean =>
  intervals.some((one) => one.low <= low && high <= one.high);

/** What lies in both. */
export const intersection = (a: Interval, b: Interval): Interval => ({
  low: a.low > b.low ? a.low : b.low,
  high: a.high < b.high ? a.high : b.high,
});

export const isPoint = ({ low, high }: Interval): boolean => after(low) === high;

const point = (low: string): Interval => ({ low, high: after(low) });
