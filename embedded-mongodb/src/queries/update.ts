import { Int32, ObjectId } from 'bson';
import { keyOf, sameValue } from '../values/keys.js';
import { branchesOf, compileElement, isOperators, operatorsOf } from './filter.js';
import { alter, type Change, splitPath } from '../values/paths.js';
import { ensure, unsupported } from '../values/refusal.js';
import { add, type Doc, isArray, isDoc, toNumber, typeName, type Value } from '../values/values.js';

/** Gives the document as the update leaves it. */
export type Update = (doc: Doc, inserting: boolean) => Doc;
type Operator = (operand: Value) => Change;

/** Compiles operators or a replacement. @throws Refusal 9, 40 for two on one path, 238 for `$[]` */
export function compileUpdate(update: Value | undefined, multi: boolean): Update {
  if (isArray(update)) throw unsupported('An update by aggregation pipeline');
  ensure(isDoc(update), 9, 'Update argument must be an object');
  const replacing = !isOperators(update);
  ensure(!replacing || !multi, 9, 'multi update is not supported for replacement-style update');
  const replaced: Update = (doc) =>
    new Map([...[...doc].filter(([name]) => name === '_id'), ...update]);
  const change = replacing ? replaced : compileOperators(update);
  return (doc, inserting) => {
    const after = change(doc, inserting);
    const id = doc.get('_id');
    const kept = id === undefined || sameValue(id, after.get('_id'));
    ensure(kept, 66, "The update would modify the immutable field '_id'");
    return after;
  };
}

/** What an upsert makes: the equalities of the filter, updated. @throws Refusal 54 for two at a path */
export function upserted(filter: Doc, update: Update): Doc {
  let seed: Doc = new Map();
  for (const [key, value] of equalities(filter))
    seed = alter(seed, splitPath(key), (before) => {
      ensure(before === undefined, 54, `The path '${key}' is matched twice`);
      return value;
    });
  return storable(update(seed, true));
}

/** Puts `_id` first, which is made up when missing. @throws Refusal 53 for its type, 52 for a dollar */
export function storable(doc: Doc): Doc {
  const id = doc.get('_id') ?? (doc.has('_id') ? null : new ObjectId());
  const type = typeName(id);
  ensure(type !== 'array' && type !== 'regex', 53, `The '_id' value cannot be of type ${type}`);
  const [first] = doc.keys();
  for (const name of doc.keys())
    ensure(!name.startsWith('$'), 52, `The field '${name}' with a dollar can't be stored`);
  return first === '_id' ? doc : new Map([['_id', id], ...doc]);
}

/** What a filter says by equality. @throws Refusal 238 where only its operand tells whether it does */
function equalities(filter: Doc): (readonly [string, Value])[] {
  return [...filter].flatMap(([key, condition]) => {
    if (key === '$and') return branchesOf(key, condition).flatMap(equalities);
    if (key === '$or' && branchesOf(key, condition).length === 1)
      throw unsupported('An upsert of what an $or of one did not find');
    if (key.startsWith('$')) return [];
    return operatorsOf(condition).flatMap(([name, operand]) => {
      if (name === '$all' || name === '$in')
        throw unsupported(`An upsert of what ${name} did not find`);
      return name === '$eq' ? [[key, operand] as const] : [];
    });
  });
}

function compileOperators(update: Doc): Update {
  const steps = [...update].flatMap(([name, fields]) => {
    const operator = OPERATORS.get(name);
    ensure(operator, 9, `Unknown or unsupported modifier: ${name}`);
    ensure(isDoc(fields), 9, `Modifiers operate on fields, not ${typeName(fields)}`);
    return [...fields].map(([key, operand]) => {
      const [path, change] = [splitPath(key), operator(operand)];
      return { path, order: path.join('\0'), change, onInsert: name === '$setOnInsert' };
    });
  });
  // MongoDB adds new fields in the order of their names, whatever the order of the update. So a path
  // that lies above or on another one stands right before it.
  steps.sort((a, b) => (a.order < b.order ? -1 : 1));
  for (const [i, { order }] of steps.entries()) {
    const apart = !`${steps[i + 1]?.order ?? ''}\0`.startsWith(`${order}\0`);
    ensure(apart, 40, `Updating twice would create a conflict at '${order.replaceAll('\0', '.')}'`);
  }
  return (doc, inserting) => {
    const due = steps.filter(({ onInsert }) => inserting || !onInsert);
    return due.reduce((after, { path, change }) => alter(after, path, change), doc);
  };
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
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
  ensure(type === true || type === 'date', 2, '$currentDate needs true or a $type of date');
  const now = new Date();
  return () => now;
}

function increment(operand: Value): Change {
  add(new Int32(0), operand);
  return (before) => (before === undefined ? operand : add(before, operand));
}

function replaceIf(wins: (key: string, before: string) => boolean): Operator {
  return (operand) => (before) =>
    before === undefined || wins(keyOf(operand), keyOf(before)) ? operand : before;
}

function push(operand: Value): Change {
  const items = eachOf(operand, ['$each', '$slice']);
  const given = isOperators(operand) ? operand.get('$slice') : undefined;
  const slice = given === undefined ? Infinity : toNumber(given);
  const right = slice !== null && (Number.isInteger(slice) || slice === Infinity);
  ensure(right, 2, 'The value for $slice must be an integer value');
  return (before) => {
    const all = [...arrayIn(before, '$push'), ...items];
    return slice < 0 ? all.slice(slice) : all.slice(0, slice);
  };
}

function addToSet(operand: Value): Change {
  const items = eachOf(operand, ['$each']);
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

function eachOf(operand: Value, allowed: readonly string[]): readonly Value[] {
  if (!isOperators(operand)) return [operand];
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
