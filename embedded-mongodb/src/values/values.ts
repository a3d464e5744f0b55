import { type Binary, type BSONRegExp, Double, Int32, Long, type ObjectId } from 'bson';
import { inspect } from 'node:util';
import { ensure } from './refusal.js';

/**
 * A document, which nobody changes once it is made. It is a Map because an object would reorder
 * keys that look like numbers, and the key `__proto__` would change the object's prototype.
 */
export type Doc = ReadonlyMap<string, Value>;
/** A BSON value without parts. Numbers stay objects of bson, so that 5.0 remains a double. */
export type Scalar =
  null | boolean | string | Date | Int32 | Double | Long | ObjectId | Binary | BSONRegExp;
export type Value = Scalar | Doc | readonly Value[];

/** The names in `$type` of bson's classes of scalars. */
export const BSON_TYPE_NAMES = {
  Int32: 'int',
  Double: 'double',
  Long: 'long',
  ObjectId: 'objectId',
  Binary: 'binData',
  BSONRegExp: 'regex',
} as const;

export const isDoc = (value: Value | undefined): value is Doc => value instanceof Map;
export const isArray = (value: Value | undefined): value is readonly Value[] =>
  Array.isArray(value);

/** The name of a value's type as `$type` and messages spell it. */
export function typeName(value: Value | undefined): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (isArray(value)) return 'array';
  if (isDoc(value)) return 'object';
  return value instanceof Date ? 'date' : BSON_TYPE_NAMES[value._bsontype];
}

/** The number in a BSON number; `null` for anything else. */
export function toNumber(value: Value | undefined): number | null {
  if (value instanceof Int32 || value instanceof Double) return value.value;
  return value instanceof Long ? value.toNumber() : null;
}

/** True as MongoDB counts it: for all values but false, zero, null and missing. */
export function truthy(value: Value | undefined): boolean {
  return value !== undefined && value !== null && value !== false && toNumber(value) !== 0;
}

/** Adds numbers: ints can grow to a long, a double makes a double. @throws Refusal 14, 2 beyond 2^53 */
export function add(a: Value, b: Value): Value {
  const [x, y] = [toNumber(a), toNumber(b)];
  ensure(x !== null && y !== null, 14, `Cannot add ${typeName(b)} to ${typeName(a)}`);
  const sum = x + y;
  if (a instanceof Double || b instanceof Double) return new Double(sum);
  ensure(Number.isSafeInteger(sum), 2, `The sum ${sum} is too large for a whole number`);
  const small = sum === (sum | 0) && a instanceof Int32 && b instanceof Int32;
  return small ? new Int32(sum) : Long.fromNumber(sum);
}

/** A value as text for messages, about as MongoDB writes it. */
export function show(value: Value | undefined): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (isArray(value)) return `[ ${value.map(show).join(', ')} ]`;
  if (isDoc(value))
    return `{ ${[...value].map(([key, item]) => `${key}: ${show(item)}`).join(', ')} }`;
  const number = value instanceof Int32 || value instanceof Double || value instanceof Long;
  return number ? value.toString() : inspect(value);
}
