import { ObjectId } from 'bson';
import { sameValue } from '../values/keys.js';
import { alter, splitPath } from '../values/paths.js';
import { ensure, unsupported } from '../values/refusal.js';
import { isIdentical } from '../values/codec.js';
import { type Doc, isArray, isDoc, typeName, type Value } from '../values/values.js';
import { branchesOf, isOperators, operatorsOf } from './conditions.js';
import { OPERATORS } from './update-operators.js';

/**
 * Gives the document as the update leaves it: the same object when it changes nothing. `inserting`
 * is true for the document of an upsert.
 */
export type Update = (doc: Doc, inserting: boolean) => Doc;

/** Compiles operators or a replacement. @throws Refusal 9, 40 for two on one path */
export function compileUpdate(update: Doc, multi: boolean): Update {
  const replacing = !isOperators(update);
  ensure(!replacing || !multi, 9, 'multi update is not supported for replacement-style update');
  const replaced: Update = (doc) => {
    const after = new Map([...[...doc].filter(([name]) => name === '_id'), ...update]);
    return isIdentical(doc, after) ? doc : after;
  };
  const change = replacing ? replaced : compileOperators(update);
  return (doc, inserting) => {
    const after = change(doc, inserting);
    const id = doc.get('_id');
    const kept = id === undefined || sameValue(id, after.get('_id'));
    ensure(kept, 66, "The update would modify the immutable field '_id'");
    return after;
  };
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
  // MongoDB adds new fields in the order of their names, whatever the order of the update. This
  // order also puts two paths side by side when they are equal or one leads through the other.
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

/**
 * Makes the document of an upsert: the equalities of the filter, with the update applied.
 * @throws Refusal 54 when two equalities share a path, 238 as `equalities`
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
 * The paths and values that a filter demands by equality.
 * @throws Refusal 238 for operators that are an equality for some operands and not for others
 */
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

/**
 * The document as it can be stored: with `_id` as its first field, made up when it is missing.
 * @throws Refusal 53 for the type of `_id`, 52 for a name with a dollar
 */
export function storable(doc: Doc): Doc {
  const id = doc.get('_id') ?? (doc.has('_id') ? null : new ObjectId());
  const type = typeName(id);
  ensure(type !== 'array' && type !== 'regex', 53, `The '_id' value cannot be of type ${type}`);
  ensure(!hasDollar(id), 52, "_id fields may not contain '$'-prefixed fields");
  const [first] = doc.keys();
  for (const name of doc.keys())
    ensure(!name.startsWith('$'), 52, `The field '${name}' with a dollar can't be stored`);
  return first === '_id' ? doc : new Map([['_id', id], ...doc]);
}

/** True for a value with a name that begins with a dollar, at any depth. */
function hasDollar(value: Value): boolean {
  if (isArray(value)) return value.some(hasDollar);
  if (!isDoc(value)) return false;
  return [...value].some(([name, item]) => name.startsWith('$') || hasDollar(item));
}
