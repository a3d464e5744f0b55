import { Int32 } from 'bson';
import { keyOf, sameValue } from '../values/keys.js';
import type { Change } from '../values/paths.js';
import { ensure } from '../values/refusal.js';
import { add, type Doc, isArray, isDoc, toNumber, typeName, type Value } from '../values/values.js';
import { isOperators } from './conditions.js';
import { compileElement } from './filter.js';

/** Compiles the operand of an update operator. @throws Refusal 2, 14 for a wrong one */
type Operator = (operand: Value) => Change;

/** The update operators. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['$set', (operand) => () => operand],
  ['$unset', () => () => undefined],
  ['$setOnInsert', (operand) => () => operand],
  ['$currentDate', currentDate],
  ['$inc', increment],
  ['$min', replaceIf((key, before) => key < before)],
  ['$max', replaceIf((key, before) => key > before)],
  ['$push', push],
  ['$addToSet', addToSet],
  ['$pull', pull],
]);

function currentDate(operand: Value): Change {
  const type = isDoc(operand) && operand.size === 1 ? operand.get('$type') : operand;
  const right = typeof type === 'boolean' || type === 'date';
  ensure(right, 2, '$currentDate needs a boolean or a $type of date');
  const now = new Date();
  return () => now;
}

function increment(operand: Value): Change {
  // Refuses an operand that is no number, even when the field is missing everywhere.
  add(new Int32(0), operand);
  return (before) => (before === undefined ? operand : add(before, operand));
}

function replaceIf(wins: (key: string, before: string) => boolean): Operator {
  return (operand) => (before) =>
    before === undefined || wins(keyOf(operand), keyOf(before)) ? operand : before;
}

function push(operand: Value): Change {
  // MongoDB looks for `$each` at any place of the document here, and at the first in `$addToSet`.
  const each = isOperators(operand) || (isDoc(operand) && operand.has('$each')) ? operand : null;
  const items = each ? eachOf(each, ['$each', '$slice']) : [operand];
  const given = each?.get('$slice');
  const slice = given === undefined ? Infinity : toNumber(given);
  const right = slice !== null && (Number.isInteger(slice) || slice === Infinity);
  ensure(right, 2, 'The value for $slice must be an integer value');
  return (before) => {
    const all = [...arrayIn(before, '$push'), ...items];
    return slice < 0 ? all.slice(slice) : all.slice(0, slice);
  };
}

function addToSet(operand: Value): Change {
  const items = isOperators(operand) ? eachOf(operand, ['$each']) : [operand];
  return (before) => {
    const all = [...arrayIn(before, '$addToSet')];
    for (const item of items) if (!all.some((one) => sameValue(one, item))) all.push(item);
    return all;
  };
}

function pull(operand: Value): Change {
  const test = compileElement(operand);
  return (before) =>
    before === undefined ? before : arrayIn(before, '$pull').filter((item) => !test(item));
}

/** The items of `$each`, which may have some clauses beside it. */
function eachOf(operand: Doc, allowed: readonly string[]): readonly Value[] {
  const unknown = [...operand.keys()].find((name) => !allowed.includes(name));
  ensure(unknown === undefined, 2, `Unknown or unsupported clause: ${unknown}`);
  const items = operand.get('$each');
  ensure(isArray(items), 2, 'The argument to $each must be an array');
  return items;
}

function arrayIn(value: Value | undefined, operator: string): readonly Value[] {
  if (value === undefined) return [];
  ensure(isArray(value), 2, `${operator} needs an array but found ${typeName(value)}`);
  return value;
}
