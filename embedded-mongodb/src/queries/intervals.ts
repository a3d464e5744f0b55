import { Double } from 'bson';
import { after, keyOf, TOP, TYPE } from '../values/keys.js';
import { isArray, toNumber, type Value } from '../values/values.js';

/** A stretch of keys, from `low` up to but without `high`. */
export type Interval = Readonly<{ low: string; high: string }>;

/** All values but null; a missing field has the key of null. */
export const NOT_NULL: Interval = { low: after(TYPE.null), high: TOP };

/** The query operators that are true for stretches of keys. */
export type Comparison = '$eq' | '$in' | '$gt' | '$gte' | '$lt' | '$lte';
export const isComparison = (operator: string): operator is Comparison =>
  ['$eq', '$in', '$gt', '$gte', '$lt', '$lte'].includes(operator);

/**
 * The stretches of keys for which a comparison is true. A filter tests values against them, and
 * the planner reads them from an index. `$gt` and its kin hold only for values of the operand's
 * type.
 */
export function intervalsOf(operator: Comparison, operand: Value): readonly Interval[] {
  if (operator === '$in')
    return [...new Set(isArray(operand) ? operand.map(keyOf) : [])].map(point);
  const low = keyOf(operand);
  const high = after(low);
  // NaN equals itself and is neither less nor greater than any number.
  if (operator === '$eq' || Number.isNaN(toNumber(operand)))
    return operator === '$gt' || operator === '$lt' ? [] : [{ low, high }];
  const type = low.charAt(0);
  const end = String.fromCharCode(type.charCodeAt(0) + 1);
  if (operator === '$gt') return [{ low: high, high: end }];
  if (operator === '$gte') return [{ low, high: end }];
  // NaN sorts below all numbers, but it is less than none: the range starts above NaN.
  const first = type === TYPE.number ? after(keyOf(new Double(NaN))) : type;
  return [{ low: first, high: operator === '$lt' ? low : high }];
}

/** True when one of the intervals contains the key. */
export const contains = (intervals: readonly Interval[], key: string): boolean =>
  intervals.some(({ low, high }) => low <= key && key < high);

/** True when one of the intervals contains all of another one. */
export const isWithin = (intervals: readonly Interval[], { low, high }: Interval): boolean =>
  intervals.some((one) => one.low <= low && high <= one.high);

/** The keys that both intervals contain. */
export const intersection = (a: Interval, b: Interval): Interval => ({
  low: a.low > b.low ? a.low : b.low,
  high: a.high < b.high ? a.high : b.high,
});

/** True for the interval of a single value. */
export const isPoint = ({ low, high }: Interval): boolean => after(low) === high;

const point = (low: string): Interval => ({ low, high: after(low) });
