import { Int32 } from 'bson';
import { compareValues, keyBytes } from './key-bytes.js';
import { follow, splitPath } from './paths.js';
import { MAX_MEMORY_BYTES } from './query.js';
import { Refusal, unsupported } from './refusal.js';
import { add, type Doc, isArray, isDoc, toNumber, type Value } from './values.js';

/** Takes one more value in; `undefined` is the state before the first. */
type Fold = (state: Value | undefined, value: Value | undefined) => Value;

/** A compiled expression; `undefined` is a missing field. */
type Expression = (doc: Doc) => Value | undefined;

const sum: Fold = (state = new Int32(0), value = null) =>
  toNumber(value) === null ? state : add(state, value);

const extreme =
  (sign: number): Fold =>
  (best = null, value = null) =>
    value !== null && (best === null || compareValues(value, best) * sign > 0) ? value : best;

const FOLDS: ReadonlyMap<string, Fold> = new Map([
  ['$sum', sum],
  ['$count', sum],
  ['$min', extreme(-1)],
  ['$max', extreme(1)],
  ['$first', (state, value = null) => (state === undefined ? value : state)],
  ['$last', (_state, value = null) => value],
]);

/**
 * The stage `$group`.
 *
 * @throws Refusal 15955 without `_id`, 15952 for an unknown operator; 292 when it grows too large
 */
export function compileGroup(stage: Doc): (docs: Iterable<Doc>) => Iterable<Doc> {
  const idValue = stage.get('_id');
  if (idValue === undefined) throw new Refusal(15955, 'a group specification needs an _id');
  const id = compileExpression(idValue);
  const fields = [...stage].filter(([name]) => name !== '_id').map(compileField);
  return function* group(docs) {
    const groups = new Map<string, Map<string, Value>>();
    let bytes = 0;
    for (const doc of docs) {
      const value = id(doc);
      const key = value === undefined ? '' : keyBytes(value).toString('latin1');
      const known = groups.get(key) ?? new Map([['_id', value ?? null]]);
      if (!groups.has(key)) bytes += key.length + 100;
      if (bytes > MAX_MEMORY_BYTES) throw new Refusal(292, '$group exceeded memory limit');
      groups.set(key, known);
      for (const { name, fold, argument } of fields)
        known.set(name, fold(known.get(name), argument(doc)));
    }
    yield* groups.values();
  };
}

function compileField([name, value]: [string, Value]): {
  name: string;
  fold: Fold;
  argument: Expression;
} {
  const [[operator, operand] = ['', null]] = isDoc(value) ? value : [];
  const fold = FOLDS.get(operator);
  if (!fold || !isDoc(value) || value.size !== 1 || name.includes('.'))
    throw new Refusal(15952, `'${name}' needs one supported group operator, not '${operator}'`);
  if (operator !== '$count') return { name, fold, argument: compileExpression(operand) };
  if (!isDoc(operand) || operand.size > 0) throw new Refusal(15952, '$count takes no arguments');
  return { name, fold, argument: () => new Int32(1) };
}

/** A path, as in `'$a.b'`, or a constant. */
function compileExpression(value: Value): Expression {
  if (isDoc(value) || isArray(value)) throw unsupported('An expression but a path or a constant');
  if (typeof value !== 'string' || !value.startsWith('$')) return () => value;
  const path = splitPath(value.slice(1));
  return (doc) => follow(doc, path);
}
