import { Int32 } from 'bson';
import { keyOf } from '../values/keys.js';
import { checkFieldPath, splitPath } from '../values/paths.js';
import { ensure, unsupported } from '../values/refusal.js';
import { add, type Doc, isArray, isDoc, toNumber, type Value } from '../values/values.js';
import { MAX_MEMORY_BYTES } from './query.js';

/** A compiled expression; `undefined` is a missing field. */
type Expression = (doc: Doc) => Value | undefined;

/** What a group takes in memory besides its key, about. */
const GROUP_BYTES = 100;

/**
 * Compiles `$group`.
 * @throws Refusal 15955 without `_id`, 15952 for an unknown operator
 * @returns a function that throws Refusal 292 when the groups take too much memory
 */
export function compileGroup(stage: Doc): (docs: Iterable<Doc>) => Iterable<Doc> {
  ensure(stage.has('_id'), 15955, 'a group specification needs an _id');
  const groupOf = compileExpression(stage.get('_id') ?? null);
  const sums = [...stage].filter(([name]) => name !== '_id').map(compileSum);
  return (docs) => {
    const groups = new Map<string, Map<string, Value>>();
    let bytes = 0;
    for (const doc of docs) {
      const value = groupOf(doc) ?? null;
      const key = keyOf(value);
      const known = groups.get(key) ?? new Map([['_id', value]]);
      if (!groups.has(key)) bytes += key.length + GROUP_BYTES;
      ensure(bytes <= MAX_MEMORY_BYTES, 292, '$group exceeded memory limit');
      groups.set(key, known);
      for (const [name, argument] of sums) {
        const [sum, more] = [known.get(name) ?? new Int32(0), argument(doc) ?? null];
        // MongoDB leaves out of a sum what is no number.
        known.set(name, toNumber(more) === null ? sum : add(sum, more));
      }
    }
    return groups.values();
  };
}

function compileSum([name, value]: [string, Value]): [string, Expression] {
  const argument = isDoc(value) && value.size === 1 ? value.get('$sum') : undefined;
  const right = argument !== undefined && !/^\$|\./.test(name);
  ensure(right, 15952, `'${name}' needs the group operator $sum; no other one is supported`);
  return [name, compileExpression(argument)];
}

/** Compiles a path, as in `'$a.b'`, or a constant. */
function compileExpression(value: Value): Expression {
  if (isDoc(value) || isArray(value)) throw unsupported('An expression but a path or a constant');
  if (typeof value !== 'string' || !value.startsWith('$')) return () => value;
  ensure(value !== '$', 16872, "'$' by itself is not a valid FieldPath");
  checkFieldPath(value.slice(1));
  const path = splitPath(value.slice(1));
  return (doc) =>
    path.reduce<Value | undefined>((here, name) => {
      if (isArray(here)) throw unsupported(`An expression through an array, as '${value}',`);
      return isDoc(here) ? here.get(name) : undefined;
    }, doc);
}
