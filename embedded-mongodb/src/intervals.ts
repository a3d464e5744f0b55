import { Double } from 'bson';
import { after, keyBytes, TYPE } from './key-bytes.js';
import { badValue } from './refusal.js';
import { isArray, toNumber, type Value } from './values.js';

/** A stretch of keys, from `low` up to but without `high`. */
export interface Interval {
  readonly low: Buffer;
  readonly high: Buffer;
}

/** Stretches in their order, none touching another. */
export type Intervals = readonly Interval[];

/** A range holds no NaN, which sorts below all numbers. */
const FIRST_NUMBER = after(keyBytes(new Double(NaN)));

/** The query operators that say where a value lies. */
export type Comparison = '$eq' | '$in' | '$gt' | '$gte' | '$lt' | '$lte';
export const isComparison = (operator: string): operator is Comparison =>
  ['$eq', '$in', '$gt', '$gte', '$lt', '$lte'].includes(operator);

/**
 * The values that a comparison takes, as stretches of their keys: for testing a value and for
 * finding it in an index alike. A range holds only values of its operand's type.
 *
 * @throws Refusal 2 when `$in` has no array
 */
export function intervalsOf(operator: Comparison, operand: Value): Intervals {
  if (operator === '$in') {
    if (!isArray(operand)) throw badValue('$in needs an array');
    return ordered(operand.map(point));
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

/** All values of a type, by the name that `$type` gives it; nothing where types share their keys. */
export function intervalsOfType(name: Value): Intervals {
  const type = new Map<Value, number>(Object.entries(TYPE)).get(name);
  if (type === undefined || type === TYPE.array || type === TYPE.empty) return [];
  return [{ low: Buffer.from([type]), high: Buffer.from([type + 1]) }];
}

/** True when the key lies in one of the stretches. */
export function contains(intervals: Intervals, key: Buffer): boolean {
  let [from, to] = [0, intervals.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const interval = intervals[middle];
    if (!interval || Buffer.compare(key, interval.low) < 0) to = middle;
    else if (Buffer.compare(key, interval.high) >= 0) from = middle + 1;
    else return true;
  }
  return false;
}

/** True when each stretch of `inner` lies within one of `outer`. */
export function within(inner: Intervals, outer: Intervals): boolean {
  return inner.every(({ low, high }) =>
    outer.some((one) => Buffer.compare(low, one.low) >= 0 && Buffer.compare(high, one.high) <= 0),
  );
}

/** What lies in both. */
export function intersection(a: Intervals, b: Intervals): Intervals {
  const parts = a.flatMap((one) =>
    b.map((other) => ({ low: greater(one.low, other.low), high: lesser(one.high, other.high) })),
  );
  return ordered(parts.filter(({ low, high }) => Buffer.compare(low, high) < 0));
}

/** True for the stretch of a single value. */
export const isPoint = ({ low, high }: Interval): boolean => after(low).equals(high);

function point(value: Value): Interval {
  const low = keyBytes(value);
  return { low, high: after(low) };
}

function ordered(intervals: Intervals): Intervals {
  const byLow = new Map(intervals.map((one) => [one.low.toString('latin1'), one]));
  return [...byLow.values()].toSorted((a, b) => Buffer.compare(a.low, b.low));
}

const greater = (a: Buffer, b: Buffer): Buffer => (Buffer.compare(a, b) > 0 ? a : b);
const lesser = (a: Buffer, b: Buffer): Buffer => (Buffer.compare(a, b) < 0 ? a : b);
