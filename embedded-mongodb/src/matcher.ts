import { BSONRegExp } from 'bson';
import { type Comparison, contains, intervalsOf, isComparison } from './intervals.js';
import { keyBytes, keyText, sameValue } from './key-bytes.js';
import { elements, reach, searchPath } from './paths.js';
import { compilePattern } from './pattern.js';
import { ensure, Refusal } from './refusal.js';
import { type Doc, isArray, isDoc, toNumber, truthy, typeName, type Value } from './values.js';

/** A compiled filter: says whether a document matches. */
export type Matcher = (doc: Doc) => boolean;
/** A test of one value; `undefined` is a missing field. */
type ValueTest = (value: Value | undefined) => boolean;
/** A test of what a path reaches; the elements of an array are looked at, too, when it is `open`. */
type FieldTest = (values: readonly (Value | undefined)[], open: boolean) => boolean;

/** Compiles a filter. @throws Refusal 2 for what is wrong or not supported */
export function compileFilter(filter: Doc): Matcher {
  const tests = [...filter].map(([key, condition]): Matcher => {
    if (key.startsWith('$')) return compileLogical(key, condition);
    const [path, test] = [searchPath(key), compileField(condition)];
    return (doc) => test(reach(doc, path), true);
  });
  return (doc) => tests.every((test) => test(doc));
}

/**
 * Compiles the condition of `$pull` and `$elemMatch`: operators are a test of each element, a
 * document is a filter on elements that are documents, and anything else is equality. Of an element
 * that is an array, `$pull` tests what is in it, and `$elemMatch` takes it for a document.
 */
export function compileElement(condition: Value, pulling: boolean): ValueTest {
  if (isDoc(condition) && !(isOperators(condition) && !isLogical(condition))) {
    const matches = compileFilter(condition);
    const docOf = (item: Value | undefined): Value | undefined =>
      isArray(item) && !pulling ? new Map(item.map((one, i) => [`${i}`, one])) : item;
    return (item) => [docOf(item)].filter(isDoc).some(matches);
  }
  const test = compileField(condition);
  const open = pulling && (isOperators(condition) || condition instanceof BSONRegExp);
  return (value) => test([value], open);
}

/** True when a field's condition is made of operators: `{ $gt: 1 }` and not `{ a: 1 }`. */
export function isOperators(condition: Value): condition is Doc {
  const [first] = isDoc(condition) ? condition.keys() : [];
  return first !== undefined && first.startsWith('$');
}

/** The operators of a condition; a value alone is an equality. */
export const operatorsOf = (condition: Value): (readonly [string, Value])[] =>
  isOperators(condition) ? [...condition] : [['$eq', condition]];

const LOGICAL = ['$and', '$or', '$nor'];
const isLogical = (condition: Doc): boolean => LOGICAL.some((name) => condition.has(name));

/** The documents of `$and`, `$or` and `$nor`. @throws Refusal 2 when they are anything else */
export function branchesOf(operator: string, condition: Value): readonly Doc[] {
  const branches = isArray(condition) ? condition.filter(isDoc) : [];
  const all = isArray(condition) && branches.length === condition.length;
  ensure(all && branches.length > 0, 2, `${operator} must be a nonempty array of objects`);
  return branches;
}

function compileLogical(operator: string, condition: Value): Matcher {
  ensure(LOGICAL.includes(operator), 2, `unknown or unsupported operator: ${operator}`);
  const tests = branchesOf(operator, condition).map(compileFilter);
  if (operator === '$and') return (doc) => tests.every((test) => test(doc));
  return (doc) => tests.some((test) => test(doc)) === (operator === '$or');
}

function compileField(condition: Value): FieldTest {
  if (!isOperators(condition))
    return compileOperator(condition instanceof BSONRegExp ? '$regex' : '$eq', condition);
  const options = condition.get('$options');
  ensure(options === undefined || condition.has('$regex'), 2, '$options needs a $regex');
  const tests = [...condition]
    .filter(([operator]) => operator !== '$options')
    .map(([operator, operand]) => compileOperator(operator, operand, options));
  return all(tests);
}

function compileOperator(operator: string, operand: Value, options?: Value): FieldTest {
  if (isComparison(operator)) return any(comparison(operator, operand));
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
    case '$all':
      return compileAll(operand);
    case '$elemMatch': {
      ensure(isDoc(operand), 2, '$elemMatch needs an Object');
      const test = compileElement(operand, false);
      return (values) => values.some((value) => isArray(value) && value.some(test));
    }
    default:
      throw new Refusal(2, `unknown or unsupported operator: ${operator}`);
  }
}

function compileAll(operand: Value): FieldTest {
  ensure(isArray(operand), 2, '$all needs an array');
  const nested = operand.filter(isOperators);
  const known = nested.every((item) => item.size === 1 && item.has('$elemMatch'));
  const alike = nested.length === 0 || nested.length === operand.length;
  ensure(known && alike, 2, 'no $ expressions in $all, or all of them $elemMatch');
  const tests = operand.map(compileField);
  return tests.length > 0 ? all(tests) : () => false;
}

const any =
  (test: ValueTest): FieldTest =>
  (values, open) =>
    (open ? values.flatMap(elements) : values).some(test);
const not =
  (test: FieldTest): FieldTest =>
  (values, open) =>
    !test(values, open);
const all =
  (tests: readonly FieldTest[]): FieldTest =>
  (values, open) =>
    tests.every((test) => test(values, open));

function comparison(operator: Comparison, operand: Value): ValueTest {
  ensure(operator !== '$in' || isArray(operand), 2, '$in needs an array');
  const items = operator === '$in' && isArray(operand) ? operand : [operand];
  const patterns = items.filter((item) => item instanceof BSONRegExp).map((item) => pattern(item));
  if (operator !== '$in') {
    ensure(patterns.length === 0, 2, `Can't have regex as arg to ${operator}`);
    const intervals = intervalsOf(operator, operand);
    return (value) => contains(intervals, keyBytes(value));
  }
  ensure(!items.some(isOperators), 2, 'cannot nest $ under $in');
  const keys = new Set(items.map(keyText));
  return (value) => keys.has(keyText(value)) || patterns.some((matches) => matches(value));
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
  return (value) =>
    typeof value === 'string'
      ? test(value)
      : value instanceof BSONRegExp && sameValue(operand, value);
}
