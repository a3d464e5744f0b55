import { Double } from 'bson';
import { after, keyBytes, keyText, TOP, TYPE } from './key-bytes.js';
import { isArray, toNumber, type Value } from './values.js';

/** A stretch of keys, from `low` up to but without `high`. */
export interface Interval {
  readonly low: Buffer;
  readonly high: Buffer;
}

/** A range holds no NaN, which sorts below all numbers. */
const FIRST_NUMBER = after(keyBytes(new Double(NaN)));

/** All values but null, which stands for a missing field, too. */
export const NOT_NULL: Interval = { low: after(keyBytes(null)), high: TOP };

/** The query operators that say where a value lies. */
export type Comparison = '$eq' | '$in' | '$gt' | '$gte' | '$lt' | '$lte';
export const isComparison = (operator: string): operator is Comparison =>
  ['$eq', '$in', '$gt', '$gte', '$lt', '$lte'].includes(operator);

/**
 * The values that a comparison takes, as stretches of their keys: for testing a value and for
 * finding it in an index alike. A range holds only values of its operand's type.
 */
export function intervalsOf(operator: Comparison, operand: Value): readonly Interval[] {
  if (operator === '$in') {
    const items = isArray(operand) ? operand : [];
    return [...new Map(items.map((item) => [keyText(item), point(item)])).values()];
  }
  const { low, high } = point(operand);
  // NaN is neither less nor greater than any number, and equal to itself.
  if (operator === '$eq' || Number.isNaN(toNumber(operand)))
    return operator === '$gt' || operator === '$lt' ? [] : [{ low, high }];
  const type = low.readUInt8(0);
  const first = type === TYPE.number ? FIRST_NUMBER : Buffer.from([type]);
  const end = Buffer.from([type + 1]);
  if (operator === '$gt') return [{ low: high, high: end }];
  if (operator === '$gte') return [{ low, high: end }];
  return [{ low: first, high: operator === '$lt' ? low : high }];
}

/** True when the key lies in one of the stretches. */
export const contains = (intervals: readonly Interval[], key: Buffer): boolean =>
  intervals.some(({ low, high }) => Buffer.compare(key, low) >= 0 && Buffer.compare(key, high) < 0);

/** True when the whole of a stretch lies in one of the others. */
export const isWithin = (intervals: readonly Interval[], { low, high }: Interval): boolean =>
  intervals.some((one) => Buffer.compare(low, one.low) >= 0 && Buffer.compare(high, one.high) <= 0);

/** What lies in both. */
export const intersection = (a: Interval, b: Interval): Interval => ({
  low: Buffer.compare(a.low, b.low) > 0 ? a.low : b.low,
  high: Buffer.compare(a.high, b.high) < 0 ? a.high : b.high,
});

/** True for the stretch of a single value. */
export const isPoint = ({ low, high }: Interval): boolean => after(low).equals(high);

function point(value: Value): Interval {
  const low = keyBytes(value);
  return { low, high: after(low) };
}
