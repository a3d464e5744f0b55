import { BSONRegExp } from 'bson';
import { reach, searchPath } from '../values/paths.js';
import { ensure, unsupported } from '../values/refusal.js';
import { type Doc, isArray, isDoc, toNumber, truthy, type Value } from '../values/values.js';
import { branchesOf, isOperators, LOGICAL, operatorsOf } from './conditions.js';
import { comparison, ofType, pattern, type ValueTest } from './value-tests.js';

/** A compiled filter: says whether a document matches. */
export type Matcher = (doc: Doc) => boolean;
/** A test of the values that a path reaches. */
type FieldTest = (values: readonly (Value | undefined)[]) => boolean;

/** Compiles a filter. @throws Refusal 2, 9, 238 for what is wrong or unsupported; as `pattern` */
export function compileFilter(filter: Doc): Matcher {
  const conditions = [...filter].filter(([key]) => key !== '$comment');
  const tests = conditions.map(([key, condition]): Matcher => {
    if (key.startsWith('$')) return compileLogical(key, condition);
    const [path, test] = [searchPath(key), compileField(condition)];
    return (doc) => test(reach(doc, path));
  });
  return (doc) => tests.every((test) => test(doc));
}

/**
 * Compiles the condition of `$pull` and `$elemMatch` on an element of an array. Operators test the
 * element, a document is a filter that the element has to match, any other value must be equal.
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
      ensure(!(operand instanceof BSONRegExp), 2, "Can't have regex as arg to $ne");
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

/** Passes when a value passes, or an element of a value that is an array. */
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
