import { BSONRegExp } from 'bson';
import { keyOf, sameValue } from '../values/keys.js';
import { ensure } from '../values/refusal.js';
import { isArray, toNumber, typeName, type Value } from '../values/values.js';
import { isOperators } from './conditions.js';
import { contains, intervalsOf, isComparison } from './intervals.js';
import { compilePattern } from './pattern.js';

/** A test of one value; `undefined` is a missing field. */
export type ValueTest = (value: Value | undefined) => boolean;

/** Compiles `$eq`, `$gt`, `$gte`, `$lt`, `$lte` and `$in`. @throws Refusal 2, as `compilePattern` */
export function comparison(operator: string, operand: Value): ValueTest {
  ensure(isComparison(operator), 2, `unknown or unsupported operator: ${operator}`);
  if (operator !== '$in') {
    const comparable = operator === '$eq' || !(operand instanceof BSONRegExp);
    ensure(comparable, 2, `Can't have regex as arg to ${operator}`);
    const intervals = intervalsOf(operator, operand);
    return (value) => contains(intervals, keyOf(value));
  }
  ensure(isArray(operand), 2, '$in needs an array');
  ensure(!operand.some(isOperators), 2, 'cannot nest $ under $in');
  const keys = new Set(operand.map(keyOf));
  const patterns = operand.flatMap((item) => (item instanceof BSONRegExp ? [pattern(item)] : []));
  return (value) => keys.has(keyOf(value)) || patterns.some((matches) => matches(value));
}

/** The names that `$type` takes here. */
const TYPES =
  'double string object array binData objectId bool date null regex int long number'.split(' ');

/** Compiles `$type`. @throws Refusal 2, 9 */
export function ofType(operand: Value): ValueTest {
  const names = isArray(operand) ? operand : [operand];
  const known = names.every((name) => TYPES.some((type) => type === name));
  ensure(known, 2, 'Unknown or unsupported type name');
  ensure(names.length > 0, 9, '$type must match at least one type');
  return (value) =>
    names.includes(typeName(value)) || (names.includes('number') && toNumber(value) !== null);
}

/** Compiles `$regex` with its `$options`. @throws Refusal 2, 51075, as `compilePattern` */
export function pattern(operand: Value, options?: Value): ValueTest {
  const own = operand instanceof BSONRegExp ? operand.options : '';
  const source = operand instanceof BSONRegExp ? operand.pattern : operand;
  const given = options ?? own;
  const texts = typeof source === 'string' && typeof given === 'string';
  ensure(texts, 2, '$regex and $options have to be strings');
  ensure(own === '' || options === undefined, 51075, 'options set in both $regex and $options');
  const test = compilePattern(source, given);
  // MongoDB matches a stored pattern with the same pattern.
  return (value) => (typeof value === 'string' ? test(value) : sameValue(operand, value));
}
