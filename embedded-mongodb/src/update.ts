import { BSONRegExp, Int32, ObjectId } from 'bson';
import { compareValues, sameValue } from './key-bytes.js';
import { compileElement, isOperators } from './matcher.js';
import { alter, type Change, type Path, splitPath } from './paths.js';
import { ensure, unsupported } from './refusal.js';
import { add, type Doc, isArray, isDoc, toNumber, typeName, type Value } from './values.js';

/** Gives the document as the update leaves it. */
export type Update = (doc: Doc, inserting: boolean) => Doc;
type Operator = (operand: Value) => Change;

/**
 * Compiles the `u` of an update: operators or a replacement.
 * @throws Refusal 9 for an unknown operator, 40 for two on one path, 238 for a pipeline or `$[]`
 */
export function compileUpdate(update: Value | undefined, multi: boolean): Update {
  if (isArray(update)) throw unsupported('An update by aggregation pipeline');
  ensure(isDoc(update), 9, 'Update argument must be an object');
  const [first] = update.keys();
  if (first?.startsWith('$')) return compileOperators(update);
  ensure(!multi, 9, 'multi update is not supported for replacement-style update');
  return (doc) => {
    const kept = doc.get('_id');
    const replaced = kept === undefined ? update : new Map([['_id', kept], ...update]);
    return keepingId(doc, replaced);
  };
}

/**
 * The document that an upsert makes: the equalities of the filter, updated.
 * @throws Refusal 54 when the filter gives one path two values
 */
export function upserted(filter: Doc, update: Update): Doc {
  let seed: Doc = new Map();
  for (const [key, value] of equalities(filter))
    seed = alter(seed, splitPath(key), (before) => {
      ensure(before === undefined, 54, `The path '${key}' is matched twice`);
      return value;
    });
  return storable(update(seed, true));
}

/**
 * The document as it is stored, with `_id` first, which is made up when missing.
 * @throws Refusal 53 for an impossible `_id`, 52 for a name with a dollar
 */
export function storable(doc: Doc): Doc {
  const id = doc.get('_id') ?? (doc.has('_id') ? null : new ObjectId());
  const type = typeName(id);
  ensure(type !== 'array' && type !== 'regex', 53, `The '_id' value cannot be of type ${type}`);
  const [first] = doc.keys();
  for (const name of doc.keys())
    ensure(!name.startsWith('$'), 52, `The field '${name}' with a dollar can't be stored`);
  return first === '_id' ? doc : new Map([['_id', id], ...doc]);
}

/**
 * What a filter says by equality, path by path: `{ a: 1 }`, `$eq`, `$all`, an `$in` of one value, all
 * of `$and`, a lone `$or`.
 */
function equalities(filter: Doc): [string, Value][] {
  return [...filter].flatMap(([key, condition]): [string, Value][] => {
    if (key === '$and' || (key === '$or' && isArray(condition) && condition.length === 1))
      return isArray(condition) ? condition.filter(isDoc).flatMap(equalities) : [];
    if (key.startsWith('$')) return [];
    const operators: Iterable<[string, Value]> = isOperators(condition)
      ? condition
      : [['$eq', condition]];
    return [...operators]
      .flatMap(([name, operand]) => namedBy(name, operand))
      .filter((value) => !(value instanceof BSONRegExp) && !isOperators(value))
      .map((value) => [key, value]);
  });
}

/** The values that an operator asks for by equality. */
function namedBy(operator: string, operand: Value): readonly Value[] {
  if (operator === '$eq') return [operand];
  if (operator === '$all' && isArray(operand)) return operand;
  const values = operator === '$in' && isArray(operand) ? operand : [];
  return values.every((one) => sameValue(one, values[0])) ? values.slice(0, 1) : [];
}

function compileOperators(update: Doc): Update {
  const steps = [...update].flatMap(([name, fields]) => {
    const operator = OPERATORS.get(name);
    ensure(operator, 9, `Unknown or unsupported modifier: ${name}`);
    ensure(isDoc(fields), 9, `Modifiers operate on fields, not ${typeName(fields)}`);
    return [...fields].map(([path, operand]) => {
      const change = operator(operand);
      return { path: splitPath(path), change, onInsert: name === '$setOnInsert' };
    });
  });
  // MongoDB adds new fields in the order of their names, whatever the order of the update.
  const order = ({ path }: { path: Path }): string => path.join('\0');
  steps.sort((a, b) => (order(a) < order(b) ? -1 : 1));
  refuseConflicts(steps.map(({ path }) => path));
  return (doc, inserting) => {
    let after = doc;
    for (const { path, change, onInsert } of steps)
      if (inserting || !onInsert) after = alter(after, path, change);
    return keepingId(doc, after);
  };
}

function keepingId(before: Doc, after: Doc): Doc {
  const id = before.get('_id');
  const kept = id === undefined || sameValue(id, after.get('_id'));
  ensure(kept, 66, "The update would modify the immutable field '_id'");
  return after;
}

/** After sorting, a path that lies above or on another one stands right before it. */
function refuseConflicts(paths: readonly Path[]): void {
  for (const [i, path] of paths.entries()) {
    const [at, next] = [path.join('.'), paths[i + 1]?.join('.')];
    const apart = next !== at && !next?.startsWith(`${at}.`);
    ensure(apart, 40, `Updating '${next}' would create a conflict at '${at}'`);
  }
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['$set', (operand) => () => operand],
  ['$unset', () => () => undefined],
  ['$setOnInsert', (operand) => () => operand],
  ['$currentDate', currentDate],
  ['$inc', increment],
  ['$min', extreme(-1)],
  ['$max', extreme(1)],
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

function extreme(sign: number): Operator {
  return (operand) => (before) =>
    before === undefined || compareValues(operand, before) * sign > 0 ? operand : before;
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
  const test = compileElement(operand, true);
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
