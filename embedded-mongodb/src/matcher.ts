import { BSONRegExp, MaxKey, MinKey } from 'bson';
import { compareValues, keyBytes, sameValue } from './key-bytes.js';
import { badValue, MongoFailure, unsupported } from './mongo-failure.js';
import { BARE, reach, reachElements, splitPath, type Path } from './paths.js';
import { compilePattern } from './pattern.js';
import { type Doc, show, toNumber, truthy, typeName, type Value } from './values.js';

/** A compiled filter: says whether a document matches. */
export type Matcher = (doc: Doc) => boolean;
/** A test of one value, for the conditions that `$elemMatch` and `$pull` put on bare elements. */
type ValueTest = (value: Value | undefined) => boolean;

/** Compiles a filter. @throws MongoFailure 2 for what MongoDB calls wrong, 238 for what is missing here */
export function compileFilter(filter: Doc): Matcher {
  const tests: Matcher[] = [];
  for (const [key, condition] of filter) {
    if (key.startsWith('$')) {
      const test = compileLogical(key, condition);
      if (test) tests.push(test);
    } else tests.push(compileField(splitPath(key), condition));
  }
  const [only] = tests;
  if (tests.length === 1 && only) return only;
  return (doc) => tests.every((test) => test(doc));
}

/** True when a field's condition is made of operators: `{ $gt: 1 }` and not `{ a: 1 }`. */
export function isOperators(condition: Value): condition is Doc {
  if (!(condition instanceof Map)) return false;
  const [first] = condition.keys();
  return first !== undefined && first.startsWith('$') && !isReference(first);
}

/**
 * Compiles the condition of `$pull`: operators are tested on each element, a document is a filter on
 * elements that are documents, and anything else is equality.
 */
export function compileElement(condition: Value): ValueTest {
  if (isOperators(condition)) return asElement(compileOperators(BARE, condition));
  if (condition instanceof Map) {
    const matches = compileFilter(condition);
    return (value) => value instanceof Map && matches(value);
  }
  if (condition instanceof BSONRegExp) return valueTest('$regex', condition);
  return (value) => sameValue(value, condition);
}

// Database references are documents with these names; they are compared, not executed.
const isReference = (name: string): boolean => ['$ref', '$id', '$db'].includes(name);

const NOT_HERE = new Set(['$expr', '$where', '$text', '$jsonSchema', '$sampleRate', '$near']);

function compileLogical(operator: string, condition: Value): Matcher | null {
  if (operator === '$comment') return null;
  if (NOT_HERE.has(operator)) throw unsupported(`The query operator ${operator}`);
  if (operator !== '$and' && operator !== '$or' && operator !== '$nor')
    throw badValue(`unknown top level operator: ${operator}`);
  const branches = filters(operator, condition).map(compileFilter);
  if (operator === '$and') return (doc) => branches.every((test) => test(doc));
  if (operator === '$or') return (doc) => branches.some((test) => test(doc));
  return (doc) => !branches.some((test) => test(doc));
}

/** The documents of `$and`, `$or` and `$nor`. @throws MongoFailure 2 when they are anything else */
export function filters(operator: string, condition: Value): Doc[] {
  if (!Array.isArray(condition)) throw badValue(`${operator} must be an array`);
  if (condition.length === 0) throw badValue(`${operator} must be a nonempty array`);
  return condition.map((branch) => {
    if (!(branch instanceof Map)) throw badValue(`${operator} entries must be objects`);
    return branch;
  });
}

function compileField(path: Path, condition: Value): Matcher {
  if (isOperators(condition)) return compileOperators(path, condition);
  return any(path, valueTest(condition instanceof BSONRegExp ? '$regex' : '$eq', condition));
}

function compileOperators(path: Path, condition: Doc): Matcher {
  const tests: Matcher[] = [];
  for (const [operator, operand] of condition) {
    if (operator === '$options') {
      if (!condition.has('$regex')) throw badValue('$options needs a $regex');
    } else if (operator === '$regex')
      tests.push(any(path, regex(operand, condition.get('$options'))));
    else tests.push(compileOperator(path, operator, operand));
  }
  return (doc) => tests.every((test) => test(doc));
}

function compileOperator(path: Path, operator: string, operand: Value): Matcher {
  switch (operator) {
    case '$eq':
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
    case '$in':
    case '$type':
      return any(path, valueTest(operator, operand));
    case '$ne':
      if (operand instanceof BSONRegExp) throw badValue("Can't have regex as arg to $ne.");
      return not(any(path, valueTest('$eq', operand)));
    case '$nin':
      return not(any(path, valueTest('$in', operand)));
    case '$not':
      return not(compileNot(path, operand));
    case '$exists': {
      const wanted = truthy(operand);
      return (doc) => reach(doc, path).some((value) => value !== undefined) === wanted;
    }
    case '$size':
      return compileSize(path, operand);
    case '$all':
      return compileAll(path, operand);
    case '$elemMatch':
      return compileElemMatch(path, operand);
    default:
      throw badValue(`unknown operator: ${operator}`);
  }
}

function compileNot(path: Path, operand: Value): Matcher {
  if (operand instanceof BSONRegExp) return any(path, valueTest('$regex', operand));
  if (!isOperators(operand)) throw badValue('$not needs a regex or a document of operators');
  return compileOperators(path, operand);
}

function compileSize(path: Path, operand: Value): Matcher {
  const size = toNumber(operand);
  if (size === null || !Number.isInteger(size) || size < 0)
    throw badValue('Failed to parse $size. Expected a non-negative whole number');
  return (doc) => reach(doc, path).some((value) => Array.isArray(value) && value.length === size);
}

function compileAll(path: Path, operand: Value): Matcher {
  if (!Array.isArray(operand)) throw badValue('$all needs an array');
  const tests = operand.map((item) => {
    if (!isOperators(item))
      return any(path, valueTest(item instanceof BSONRegExp ? '$regex' : '$eq', item));
    const [name] = item.keys();
    if (item.size !== 1 || name !== '$elemMatch') throw badValue('no $ expressions in $all');
    return compileElemMatch(path, item.get(name) ?? null);
  });
  return (doc) => tests.length > 0 && tests.every((test) => test(doc));
}

function compileElemMatch(path: Path, operand: Value): Matcher {
  if (!(operand instanceof Map)) throw badValue('$elemMatch needs an Object');
  const [first] = operand.keys();
  const onValues = isOperators(operand) && !['$and', '$or', '$nor'].includes(first ?? '');
  const test = onValues
    ? asElement(compileOperators(BARE, operand))
    : compileElemFilter(compileFilter(operand));
  return (doc) => reach(doc, path).some((value) => Array.isArray(value) && value.some(test));
}

function compileElemFilter(matches: Matcher): ValueTest {
  return (value) => {
    if (value instanceof Map) return matches(value);
    // An array inside the array is looked at as a document of its places.
    return Array.isArray(value) && matches(new Map(value.map((item, i) => [String(i), item])));
  };
}

/** Tests a bare value as the field of a document; an array among the elements counts as a whole. */
function asElement(matches: Matcher): ValueTest {
  return (value) => matches(new Map([['', value ?? null]]));
}

function any(path: Path, test: ValueTest): Matcher {
  return (doc) => reachElements(doc, path).some(test);
}

function not(test: Matcher): Matcher {
  return (doc) => !test(doc);
}

function valueTest(operator: string, operand: Value): ValueTest {
  switch (operator) {
    case '$eq':
      return equals(operand);
    case '$regex':
      return regex(operand, undefined);
    case '$in':
      return isIn(operand);
    case '$type':
      return hasType(operand);
    default:
      return inRange(operator, operand);
  }
}

function equals(operand: Value): ValueTest {
  if (typeof operand === 'string') return (value) => value === operand;
  const key = keyBytes(operand);
  return (value) => keyBytes(value).equals(key);
}

function isIn(operand: Value): ValueTest {
  if (!Array.isArray(operand)) throw badValue('$in needs an array');
  const keys = new Set<string>();
  const patterns: ValueTest[] = [];
  for (const item of operand) {
    if (isOperators(item)) throw badValue('cannot nest $ under $in');
    if (item instanceof BSONRegExp) patterns.push(regex(item, undefined));
    keys.add(keyBytes(item).toString('latin1'));
  }
  return (value) =>
    keys.has(keyBytes(value).toString('latin1')) || patterns.some((test) => test(value));
}

/** Comparison holds only between values of one type; null also stands for missing. */
function inRange(operator: string, operand: Value): ValueTest {
  if (operand instanceof BSONRegExp)
    throw badValue(`Can't have RegEx as arg to predicate ${operator}`);
  const key = keyBytes(operand);
  const orEqual = operator.endsWith('e');
  const sign = operator.startsWith('$g') ? 1 : -1;
  const acrossTypes = operand instanceof MinKey || operand instanceof MaxKey;
  const isNaN = Number.isNaN(toNumber(operand));
  return (value) => {
    const other = keyBytes(value);
    if (!acrossTypes && other[0] !== key[0]) return false;
    const order = Buffer.compare(other, key);
    if (order === 0) return orEqual;
    // NaN is a number below all numbers in sorting, but neither less nor greater than any.
    if (!acrossTypes && (isNaN || Number.isNaN(toNumber(value)))) return false;
    return Math.sign(order) === sign;
  };
}

const TYPE_NUMBERS: Readonly<Record<number, string>> = {
  [-1]: 'minKey', 1: 'double', 2: 'string', 3: 'object', 4: 'array', 5: 'binData', 7: 'objectId',
  8: 'bool', 9: 'date', 10: 'null', 11: 'regex', 13: 'javascript', 16: 'int', 17: 'timestamp',
  18: 'long', 19: 'decimal', 127: 'maxKey',
}; // prettier-ignore

function hasType(operand: Value): ValueTest {
  const names = new Set<string>();
  for (const item of Array.isArray(operand) ? operand : [operand]) {
    const number = toNumber(item);
    const name = number === null ? item : TYPE_NUMBERS[number];
    if (typeof name !== 'string' || ![...Object.values(TYPE_NUMBERS), 'number'].includes(name))
      throw badValue(`Unknown type name alias or code: ${show(item)}`);
    for (const one of name === 'number' ? ['int', 'double', 'long', 'decimal'] : [name])
      names.add(one);
  }
  return (value) => names.has(typeName(value));
}

function regex(operand: Value, options: Value | undefined): ValueTest {
  if (options !== undefined && typeof options !== 'string')
    throw badValue('$options has to be a string');
  const pattern = operand instanceof BSONRegExp ? operand.pattern : operand;
  if (typeof pattern !== 'string') throw badValue('$regex has to be a string');
  const own = operand instanceof BSONRegExp ? operand.options : '';
  if (own !== '' && options !== undefined)
    throw new MongoFailure(51075, 'options set in both $regex and $options');
  const test = compilePattern(pattern, options ?? own);
  return (value) => {
    if (typeof value === 'string') return test(value);
    return (
      operand instanceof BSONRegExp &&
      value instanceof BSONRegExp &&
      compareValues(operand, value) === 0
    );
  };
}
