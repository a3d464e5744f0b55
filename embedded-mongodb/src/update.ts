import { Decimal128, Double, Int32, Long, Timestamp } from 'bson';
import { compareValues, sameValue } from './key-bytes.js';
import { compileElement, isOperators } from './matcher.js';
import { badValue, MongoFailure, unsupported } from './mongo-failure.js';
import type { Path } from './paths.js';
import { setAt, unsetAt, updatePath, valueAt } from './update-paths.js';
import {
  clone,
  type Doc,
  show,
  toBigInt,
  toNumber,
  typeName,
  type Value,
  wholeNumber,
} from './values.js';

/** Gives the document as the update leaves it; the argument is not touched. */
export type Update = (doc: Doc, inserting: boolean) => Doc;

interface Step {
  readonly path: Path;
  readonly apply: (doc: Doc, inserting: boolean) => void;
}

type Operator = (path: Path, operand: Value) => Step['apply'];

/**
 * Compiles the `u` of an update: operators or a replacement.
 *
 * @throws MongoFailure 9 for an unknown operator, 40 for two on one path, 238 for what is missing here
 */
export function compileUpdate(update: Value | undefined, multi: boolean): Update {
  if (Array.isArray(update)) throw unsupported('An update by aggregation pipeline');
  if (!(update instanceof Map))
    throw new MongoFailure(9, 'Update argument must be either an object or an array');
  const [first] = update.keys();
  if (first?.startsWith('$')) return compileOperators(update);
  if (multi)
    throw new MongoFailure(9, 'multi update is not supported for replacement-style update');
  return compileReplacement(update);
}

function compileReplacement(update: Doc): Update {
  for (const name of update.keys())
    if (name.startsWith('$'))
      throw new MongoFailure(
        52,
        `The dollar ($) prefixed field '${name}' is not allowed in a replacement`,
      );
  return (doc) => {
    const id = doc.get('_id');
    const given = update.get('_id');
    if (id !== undefined && given !== undefined && !sameValue(id, given)) throw idChange();
    const kept = id ?? given;
    const fields = [...update].filter(([name]) => name !== '_id');
    return new Map(kept === undefined ? fields : [['_id', kept], ...fields]);
  };
}

function compileOperators(update: Doc): Update {
  const steps: Step[] = [];
  const now = new Date();
  for (const [name, fields] of update) {
    const operator = name === '$currentDate' ? currentDate(now) : OPERATORS.get(name);
    if (!operator) throw unknownModifier(name);
    if (!(fields instanceof Map))
      throw new MongoFailure(
        9,
        `Modifiers operate on fields but we found type ${typeName(fields)} instead`,
      );
    for (const [text, operand] of fields) {
      const path = updatePath(text);
      steps.push({ path, apply: operator(path, operand) });
    }
  }
  // MongoDB adds new fields in the order of their names, whatever the order of the update.
  steps.sort((a, b) => comparePaths(a.path, b.path));
  refuseConflicts(steps);
  return (doc, inserting) => {
    const copy = new Map([...doc].map(([name, value]) => [name, clone(value)]));
    const id = doc.get('_id');
    for (const step of steps) step.apply(copy, inserting);
    if (id !== undefined && !sameValue(copy.get('_id'), id)) throw idChange();
    return copy;
  };
}

function unknownModifier(name: string): MongoFailure {
  if (['$mul', '$rename', '$pop', '$pullAll', '$bit'].includes(name))
    return unsupported(`The update operator ${name}`);
  return new MongoFailure(9, `Unknown modifier: ${name}. Expected a valid update modifier`);
}

function idChange(): MongoFailure {
  return new MongoFailure(
    66,
    "Performing an update on the path '_id' would modify the immutable field '_id'",
  );
}

function comparePaths(a: Path, b: Path): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [left = '', right = ''] = [a[i], b[i]];
    if (left === right) continue;
    const byNumber = Number(left) - Number(right);
    return Number.isNaN(byNumber) ? (left < right ? -1 : 1) : byNumber;
  }
  return a.length - b.length;
}

/** After sorting, a path that lies above or on another one stands right before it. */
function refuseConflicts(steps: readonly Step[]): void {
  steps.forEach((step, i) => {
    const next = steps[i + 1];
    if (!next || !step.path.every((name, at) => name === next.path[at])) return;
    throw new MongoFailure(
      40,
      `Updating the path '${next.path.join('.')}' would create a conflict at '${step.path.join('.')}'`,
    );
  });
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['$set', (path, operand) => (doc) => setAt(doc, path, clone(operand))],
  ['$unset', (path) => (doc) => unsetAt(doc, path)],
  [
    '$setOnInsert',
    (path, operand) => (doc, inserting) => inserting && setAt(doc, path, clone(operand)),
  ],
  ['$inc', increment],
  ['$min', extreme(-1)],
  ['$max', extreme(1)],
  ['$push', push],
  ['$addToSet', addToSet],
  ['$pull', pull],
]);

function currentDate(now: Date): Operator {
  return (path, operand) => {
    const type = operand instanceof Map && operand.size === 1 ? operand.get('$type') : operand;
    if (type === true || type === false || type === 'date') return (doc) => setAt(doc, path, now);
    if (type !== 'timestamp')
      throw badValue('$currentDate needs true or { $type: "date" | "timestamp" } as its operand');
    const stamp = new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 });
    return (doc) => setAt(doc, path, stamp);
  };
}

function increment(path: Path, operand: Value): Step['apply'] {
  if (toNumber(operand) === null)
    throw new MongoFailure(
      14,
      `Cannot increment with non-numeric argument: {${path.join('.')}: ${show(operand)}}`,
    );
  return (doc) => {
    const before = valueAt(doc, path);
    if (before === undefined) setAt(doc, path, operand);
    else if (toNumber(before) === null)
      throw new MongoFailure(
        14,
        `Cannot apply $inc to a value of non-numeric type. {_id: ${show(doc.get('_id'))}} has the field '${path.at(-1)}' of non-numeric type ${typeName(before)}`,
      );
    else setAt(doc, path, add(before, operand));
  };
}

/** int + int grows to long, anything + double is double, as MongoDB's arithmetic. */
function add(a: Value, b: Value): Value {
  if (a instanceof Decimal128 || b instanceof Decimal128) throw unsupported('$inc of a Decimal128');
  if (a instanceof Double || b instanceof Double)
    return new Double((toNumber(a) ?? 0) + (toNumber(b) ?? 0));
  if (a instanceof Int32 && b instanceof Int32) return wholeNumber(a.value + b.value);
  if (!isWhole(a) || !isWhole(b)) throw badValue('$inc needs numbers');
  const sum = toBigInt(a) + toBigInt(b);
  if (BigInt.asIntN(64, sum) !== sum)
    throw badValue(`Failed to apply $inc: ${show(a)} + ${show(b)} does not fit a long`);
  return Long.fromBigInt(sum);
}

const isWhole = (value: Value): value is Int32 | Long =>
  value instanceof Int32 || value instanceof Long;

function extreme(sign: number): Operator {
  return (path, operand) => (doc) => {
    const before = valueAt(doc, path);
    if (before === undefined || compareValues(operand, before) * sign > 0)
      setAt(doc, path, clone(operand));
  };
}

function push(path: Path, operand: Value): Step['apply'] {
  const { items, slice } = eachOf(operand, ['$each', '$slice']);
  return (doc) => {
    const before = arrayAt(doc, path, '$push') ?? [];
    const all = [...before, ...items.map(clone)];
    const cut = slice === null ? all : slice < 0 ? all.slice(slice) : all.slice(0, slice);
    setAt(doc, path, cut);
  };
}

function addToSet(path: Path, operand: Value): Step['apply'] {
  const { items } = eachOf(operand, ['$each']);
  return (doc) => {
    const all = [...(arrayAt(doc, path, '$addToSet') ?? [])];
    for (const item of items)
      if (!all.some((present) => sameValue(present, item))) all.push(clone(item));
    setAt(doc, path, all);
  };
}

function eachOf(
  operand: Value,
  allowed: readonly string[],
): { items: Value[]; slice: number | null } {
  if (!isOperators(operand)) return { items: [operand], slice: null };
  for (const name of operand.keys())
    if (!allowed.includes(name)) {
      if (name === '$position' || name === '$sort') throw unsupported(`${name} in $push`);
      throw badValue(`Unrecognized clause in $push or $addToSet: ${name}`);
    }
  const items = operand.get('$each');
  if (!Array.isArray(items)) throw badValue('The argument to $each must be an array');
  const slice = operand.has('$slice') ? toNumber(operand.get('$slice')) : null;
  if (operand.has('$slice') && (slice === null || !Number.isInteger(slice)))
    throw badValue('The value for $slice must be an integer value');
  return { items, slice: slice === 0 ? 0 : slice };
}

function arrayAt(doc: Doc, path: Path, operator: string): Value[] | undefined {
  const value = valueAt(doc, path);
  if (value === undefined || Array.isArray(value)) return value;
  const where = `'${path.join('.')}' must be an array but is of type ${typeName(value)}`;
  throw badValue(`The field ${where} in document {_id: ${show(doc.get('_id'))}} (${operator})`);
}

function pull(path: Path, operand: Value): Step['apply'] {
  const test = compileElement(operand);
  return (doc) => {
    const items = valueAt(doc, path);
    if (items === undefined) return;
    if (!Array.isArray(items)) throw badValue('Cannot apply $pull to a non-array value');
    if (items.some(test))
      setAt(
        doc,
        path,
        items.filter((item) => !test(item)),
      );
  };
}
