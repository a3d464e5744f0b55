import { BSONRegExp } from 'bson';
import { type Comparison, contains, intervalsOf, isComparison } from './intervals.js';
import { keyBytes, sameValue } from './key-bytes.js';
import { BARE, type Path, reach, reachElements, splitPath } from './paths.js';
import { compilePattern } from './pattern.js';
import { badValue, Refusal } from './refusal.js';
import {
  type Doc,
  isArray,
  isDoc,
  show,
  toNumber,
  truthy,
  typeName,
  type Value,
} from './values.js';

/** A compiled filter: says whether a document matches. */
export type Matcher = (doc: Doc) => boolean;
/** A test of one value. */
export type ValueTest = (value: Value | undefined) => boolean;

/** Compiles a filter. @throws Refusal 2 for what is wrong or not supported */
export function compileFilter(filter: Doc): Matcher {
  const tests = [...filter].map(([key, condition]) =>
    key.startsWith('$') ? compileLogical(key, condition) : compileField(splitPath(key), condition),
  );
  return (doc) => tests.every((test) => test(doc));
}

/** True when a field's condition is made of operators: `{ $gt: 1 }` and not `{ a: 1 }`. */
export function isOperators(condition: Value): condition is Doc {
  const [first] = isDoc(condition) ? condition.keys() : [];
  // Database references are documents with these names; they are compared, not executed.
  return first !== undefined && first.startsWith('$') && !['$ref', '$id', '$db'].includes(first);
}

/** The documents of `$and`, `$or` and `$nor`. @throws Refusal 2 when they are anything else */
export function branchesOf(operator: string, condition: Value): readonly Doc[] {
  if (!isArray(condition) || condition.length === 0 || !condition.every(isDoc))
    throw badValue(`${operator} must be a nonempty array of objects`);
  return condition;
}

/**
 * Compiles the condition of `$pull`: operators are tested on each element, a document is a filter on
 * elements that are documents, and anything else is equality.
 */
export function compileElement(condition: Value): ValueTest {
  if (isOperators(condition)) return bare(compileOperators(BARE, condition));
  if (!isDoc(condition)) return bare(compileField(BARE, condition));
  const matches = compileFilter(condition);
  return (value) => isDoc(value) && matches(value);
}

function compileLogical(operator: string, condition: Value): Matcher {
  if (operator === '$comment') return () => true;
  if (!['$and', '$or', '$nor'].includes(operator))
    throw badValue(`unknown or unsupported top level operator: ${operator}`);
  const tests = branchesOf(operator, condition).map(compileFilter);
  if (operator === '$and') return (doc) => tests.every((test) => test(doc));
  return (doc) => tests.some((test) => test(doc)) === (operator === '$or');
}

function compileField(path: Path, condition: Value): Matcher {
  if (isOperators(condition)) return compileOperators(path, condition);
  return compileOperator(path, condition instanceof BSONRegExp ? '$regex' : '$eq', condition);
}

function compileOperators(path: Path, condition: Doc): Matcher {
  const options = condition.get('$options');
  if (options !== undefined && !condition.has('$regex')) throw badValue('$options needs a $regex');
  const tests = [...condition]
    .filter(([operator]) => operator !== '$options')
    .map(([operator, operand]) => compileOperator(path, operator, operand, options));
  return (doc) => tests.every((test) => test(doc));
}

function compileOperator(path: Path, operator: string, operand: Value, options?: Value): Matcher {
  if (isComparison(operator)) return any(path, comparison(operator, operand));
  switch (operator) {
    case '$regex':
      return any(path, pattern(operand, options));
    case '$type':
      return any(path, ofType(operand));
    case '$ne':
      return not(any(path, comparison('$eq', operand)));
    case '$nin':
      return not(any(path, comparison('$in', operand)));
    case '$not':
      if (!isOperators(operand) && !(operand instanceof BSONRegExp))
        throw badValue('$not needs a regex or a document of operators');
      return not(compileField(path, operand));
    case '$exists':
      return (doc) => reach(doc, path).some((value) => value !== undefined) === truthy(operand);
    case '$size': {
      const size = toNumber(operand);
      if (size === null || !Number.isInteger(size) || size < 0)
        throw badValue('$size needs a whole number from 0 on');
      return (doc) => reach(doc, path).some((value) => isArray(value) && value.length === size);
    }
    case '$all':
      return compileAll(path, operand);
    case '$elemMatch':
      return compileElemMatch(path, operand);
    default:
      throw badValue(`unknown or unsupported operator: ${operator}`);
  }
}

function compileAll(path: Path, operand: Value): Matcher {
  if (!isArray(operand)) throw badValue('$all needs an array');
  const tests = operand.map((item) => {
    if (isOperators(item) && !(item.size === 1 && item.has('$elemMatch')))
      throw badValue('no $ expressions in $all');
    return compileField(path, item);
  });
  return (doc) => tests.length > 0 && tests.every((test) => test(doc));
}

function compileElemMatch(path: Path, operand: Value): Matcher {
  if (!isDoc(operand)) throw badValue('$elemMatch needs an Object');
  const logical = ['$and', '$or', '$nor'].some((name) => operand.has(name));
  const test = isOperators(operand) && !logical ? compileElement(operand) : onElement(operand);
  return (doc) => reach(doc, path).some((value) => isArray(value) && value.some(test));
}

/** An array inside the array is looked at as a document of its places. */
function onElement(filter: Doc): ValueTest {
  const matches = compileFilter(filter);
  return (value) => {
    if (isArray(value)) return matches(new Map(value.map((item, i) => [String(i), item])));
    return isDoc(value) && matches(value);
  };
}

const any =
  (path: Path, test: ValueTest): Matcher =>
  (doc) =>
    reachElements(doc, path).some(test);
const not =
  (test: Matcher): Matcher =>
  (doc) =>
    !test(doc);
/** Tests a value as the field of a document; an array among the elements counts as a whole. */
const bare =
  (matches: Matcher): ValueTest =>
  (value) =>
    matches(new Map([['', value ?? null]]));

function comparison(operator: Comparison, operand: Value): ValueTest {
  const items = operator === '$in' && isArray(operand) ? operand : [operand];
  const patterns = items.filter((item) => item instanceof BSONRegExp).map((item) => pattern(item));
  if (operator !== '$in' && patterns.length > 0)
    throw badValue(`Can't have regex as arg to ${operator}`);
  if (operator === '$in' && items.some(isOperators)) throw badValue('cannot nest $ under $in');
  const intervals = intervalsOf(operator, operand);
  return (value) =>
    contains(intervals, keyBytes(value)) || patterns.some((matches) => matches(value));
}

const TYPES = [
  'double', 'string', 'object', 'array', 'binData', 'objectId', 'bool', 'date', 'null', 'regex',
  'int', 'long', 'number',
]; // prettier-ignore

function ofType(operand: Value): ValueTest {
  const names = isArray(operand) ? operand : [operand];
  for (const name of names)
    if (typeof name !== 'string' || !TYPES.includes(name))
      throw badValue(`Unknown or unsupported type name: ${show(name)}`);
  return (value) =>
    names.includes(typeName(value)) || (names.includes('number') && toNumber(value) !== null);
}

function pattern(operand: Value, options?: Value): ValueTest {
  const own = operand instanceof BSONRegExp ? operand.options : '';
  const source = operand instanceof BSONRegExp ? operand.pattern : operand;
  const all = options ?? own;
  if (typeof source !== 'string' || typeof all !== 'string')
    throw badValue('$regex and $options have to be strings');
  if (own !== '' && options !== undefined)
    throw new Refusal(51075, 'options set in both $regex and $options');
  const test = compilePattern(source, all);
  return (value) => {
    if (typeof value === 'string') return test(value);
    return value instanceof BSONRegExp && sameValue(operand, value);
  };
}
