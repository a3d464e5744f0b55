import { BSONRegExp } from 'bson';
import { contains, intervalsOf, isComparison, keyOf, sameValue } from '../values/keys.js';
import { reach, searchPath } from '../values/paths.js';
import { compilePattern } from './pattern.js';
import { ensure, unsupported } from '../values/refusal.js';
import {
  type Doc,
  isArray,
  isDoc,
  toNumber,
  truthy,
  typeName,
  type Value,
} from '../values/values.js';

/** A compiled filter: says whether a document matches. */
export type Matcher = (doc: Doc) => boolean;
/** A test of one value; `undefined` is a missing field. */
type ValueTest = (value: Value | undefined) => boolean;
/** A test of what a path reaches. */
type FieldTest = (values: readonly (Value | undefined)[]) => boolean;

/** Compiles a filter. @throws Refusal 2, 9, 238 for what isn't right or here; as `compilePattern` */
export function compileFilter(filter: Doc): Matcher {
  const tests = [...filter].map(([key, condition]): Matcher => {
    if (key.startsWith('$')) return compileLogical(key, condition);
    const [path, test] = [searchPath(key), compileField(condition)];
    return (doc) => test(reach(doc, path));
  });
  return (doc) => tests.every((test) => test(doc));
}

/**
 * Compiles the condition of `$pull` and `$elemMatch`: operators test an element, a document is a
 * filter on elements that are documents, and anything else is equality.
 * @returns a test that throws Refusal 238 for an element that is an array
 */
export function compileElement(condition: Value): ValueTest {
  const logical = isDoc(condition) && LOGICAL.some((name) => condition.has(name));
  if (isDoc(condition) && (logical || !isOperators(condition))) {
    const matches = compileFilter(condition);
    return unlessArray((item) => isDoc(item) && matches(item));
  }
  const test = compileField(condition);
  return unlessArray((item) => test([item]));
}

function unlessArray(test: ValueTest): ValueTest {
  return (item) => {
    if (isArray(item)) throw unsupported('A condition on an array in an array');
    return test(item);
  };
}

/** True when a field's condition is made of operators: `{ $gt: 1 }` and not `{ a: 1 }`. */
export function isOperators(condition: Value): condition is Doc {
  const [first] = isDoc(condition) ? condition.keys() : [];
  return first !== undefined && first.startsWith('$');
}

/** The operators of a condition; a value alone is an equality, and a pattern a test of texts. */
export function operatorsOf(condition: Value): readonly (readonly [string, Value])[] {
  if (isOperators(condition)) return [...condition];
  return [[condition instanceof BSONRegExp ? '$regex' : '$eq', condition]];
}

const LOGICAL = ['$and', '$or', '$nor'];

/** The documents of `$and`, `$or` and `$nor`. @throws Refusal 2 when they are anything else */
export function branchesOf(operator: string, condition: Value): readonly Doc[] {
  const why = `${operator} must be a nonempty array of objects`;
  ensure(isArray(condition) && condition.every(isDoc) && condition.length > 0, 2, why);
  return condition;
}

function compileLogical(operator: string, condition: Value): Matcher {
  ensure(LOGICAL.includes(operator), 2, `unknown or unsupported operator: ${operator}`);
  const tests = branchesOf(operator, condition).map(compileFilter);
  if (operator === '$and') return (doc) => tests.every((test) => test(doc));
  return (doc) => tests.some((test) => test(doc)) === (operator === '$or');
}

function compileField(condition: Value): FieldTest {
  const options = isOperators(condition) ? condition.get('$options') : undefined;
  const operators = operatorsOf(condition).filter(([operator]) => operator !== '$options');
  const used = operators.some(([operator]) => operator === '$regex');
  ensure(options === undefined || used, 2, '$options needs a $regex');
  return all(operators.map(([operator, operand]) => compileOperator(operator, operand, options)));
}

function compileOperator(operator: string, operand: Value, options?: Value): FieldTest {
  switch (operator) {
    case '$regex':
      return any(pattern(operand, options));
    case '$type':
      return any(ofType(operand));
    case '$ne':
      return not(any(comparison('$eq', operand)));
    case '$nin':
      return not(any(comparison('$in', operand)));
    case '$not':
      ensure(isOperators(operand) || operand instanceof BSONRegExp, 2, '$not needs operators');
      return not(compileField(operand));
    case '$exists':
      return (values) => values.some((value) => value !== undefined) === truthy(operand);
    case '$size': {
      const size = toNumber(operand) ?? -1;
      ensure(Number.isInteger(size) && size >= 0, 2, '$size needs a whole number from 0 on');
      return (values) => values.some((value) => isArray(value) && value.length === size);
    }
    case '$all': {
      ensure(isArray(operand), 2, '$all needs an array');
      if (operand.some(isOperators)) throw unsupported('$all with operators');
      return operand.length > 0 ? all(operand.map(compileField)) : () => false;
    }
    case '$elemMatch': {
      ensure(isDoc(operand), 2, '$elemMatch needs an Object');
      const test = compileElement(operand);
      return (values) => values.some((value) => isArray(value) && value.some(test));
    }
    default:
      return any(comparison(operator, operand));
  }
}

/** True for an array of which an element passes, too. */
const any =
  (test: ValueTest): FieldTest =>
  (values) =>
    values.some((value) => test(value) || (isArray(value) && value.some(test)));
const not =
  (test: FieldTest): FieldTest =>
  (values) =>
    !test(values);
const all =
  (tests: readonly FieldTest[]): FieldTest =>
  (values) =>
    tests.every((test) => test(values));

function comparison(operator: string, operand: Value): ValueTest {
  ensure(isComparison(operator), 2, `unknown or unsupported operator: ${operator}`);
  if (operator !== '$in') {
    ensure(!(operand instanceof BSONRegExp), 2, `Can't have regex as arg to ${operator}`);
    const intervals = intervalsOf(operator, operand);
    return (value) => contains(intervals, keyOf(value));
  }
  ensure(isArray(operand), 2, '$in needs an array');
  ensure(!operand.some(isOperators), 2, 'cannot nest $ under $in');
  const keys = new Set(operand.map(keyOf));
  const patterns = operand.flatMap((item) => (item instanceof BSONRegExp ? [pattern(item)] : []));
  return (value) => keys.has(keyOf(value)) || patterns.some((matches) => matches(value));
}

const TYPES =
  'double string object array binData objectId bool date null regex int long number'.split(' ');

function ofType(operand: Value): ValueTest {
  const names = isArray(operand) ? operand : [operand];
  const known = names.every((name) => TYPES.some((type) => type === name));
  ensure(known, 2, 'Unknown or unsupported type name');
  ensure(names.length > 0, 9, '$type must match at least one type');
  return (value) =>
    names.includes(typeName(value)) || (names.includes('number') && toNumber(value) !== null);
}

function pattern(operand: Value, options?: Value): ValueTest {
  const own = operand instanceof BSONRegExp ? operand.options : '';
  const source = operand instanceof BSONRegExp ? operand.pattern : operand;
  const given = options ?? own;
  const texts = typeof source === 'string' && typeof given === 'string';
  ensure(texts, 2, '$regex and $options have to be strings');
  ensure(own === '' || options === undefined, 51075, 'options set in both $regex and $options');
  const test = compilePattern(source, given);
  // A stored pattern is found by the same pattern.
  return (value) => (typeof value === 'string' ? test(value) : sameValue(operand, value));
}
