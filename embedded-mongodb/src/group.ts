import { Decimal128, Double, Int32 } from 'bson';
import { compareValues, keyBytes, sameValue } from './key-bytes.js';
import { compileExpression, type Expression } from './projection.js';
import { MAX_MEMORY_BYTES } from './query.js';
import { badValue, Refusal, unsupported } from './refusal.js';
import { add, type Doc, isDoc, toNumber, type Value } from './values.js';

/** Takes in values one by one and says what they come to. */
interface Accumulator {
  take(value: Value | undefined): void;
  result(): Value;
}

interface Field {
  readonly name: string;
  readonly argument: Expression;
  readonly make: () => Accumulator;
  /** True when the accumulator keeps every value. */
  readonly keeps: boolean;
}

/**
 * The stage `$group`.
 *
 * @throws Refusal 15955 without `_id`, 15952 for an unknown operator; 292 when it grows too large
 */
export function compileGroup(stage: Value): (docs: Iterable<Doc>) => Iterable<Doc> {
  if (!isDoc(stage)) throw new Refusal(15947, "a group's fields must be specified in an object");
  const idValue = stage.get('_id');
  if (idValue === undefined) throw new Refusal(15955, 'a group specification needs an _id');
  const id = compileExpression(idValue);
  const fields = [...stage].filter(([name]) => name !== '_id').map(compileField);
  return function* group(docs) {
    const groups = new Map<string, { id: Value | undefined; parts: Accumulator[] }>();
    let bytes = 0;
    for (const doc of docs) {
      const value = id(doc);
      const key = value === undefined ? '' : keyBytes(value).toString('latin1');
      const known = groups.get(key) ?? { id: value, parts: fields.map(({ make }) => make()) };
      if (!groups.has(key)) bytes += key.length + 100;
      groups.set(key, known);
      for (const [i, { argument, keeps }] of fields.entries()) {
        const item = argument(doc);
        if (keeps) bytes += keyBytes(item).length;
        known.parts[i]?.take(item);
      }
      if (bytes > MAX_MEMORY_BYTES) throw new Refusal(292, '$group exceeded memory limit');
    }
    for (const { id: _id = null, parts } of groups.values()) {
      const results = fields.map(({ name }, i) => [name, parts[i]?.result() ?? null] as const);
      yield new Map([['_id', _id], ...results]);
    }
  };
}

function compileField([name, value]: [string, Value]): Field {
  if (name.includes('.')) throw new Refusal(40235, `The field name '${name}' cannot contain '.'`);
  if (!isDoc(value) || value.size !== 1)
    throw new Refusal(40234, `The field '${name}' must be an accumulator object`);
  const [[operator, operand] = ['', null]] = value;
  const make = ACCUMULATORS.get(operator);
  if (!make) throw new Refusal(15952, `unknown or unsupported group operator '${operator}'`);
  const counting = operator === '$count';
  if (counting && !(isDoc(operand) && operand.size === 0))
    throw badValue('$count takes no arguments, i.e. $count: {}');
  const argument = compileExpression(counting ? new Int32(1) : operand);
  return { name, argument, make, keeps: operator === '$push' || operator === '$addToSet' };
}

const sum = folding(new Int32(0), (state, value = null) =>
  toNumber(value) === null ? state : add(state ?? null, value),
);

const ACCUMULATORS: ReadonlyMap<string, () => Accumulator> = new Map([
  ['$sum', sum],
  ['$count', sum],
  ['$avg', average],
  ['$min', extreme(-1)],
  ['$max', extreme(1)],
  ['$first', folding(undefined, (state, value = null) => (state === undefined ? value : state))],
  ['$last', folding(undefined, (_state, value = null) => value)],
  ['$push', collecting(() => true)],
  ['$addToSet', collecting((items, value) => !items.some((item) => sameValue(item, value)))],
]);

function folding(
  start: Value | undefined,
  fold: (state: Value | undefined, value: Value | undefined) => Value | undefined,
): () => Accumulator {
  return () => {
    let state = start;
    return { take: (value) => void (state = fold(state, value)), result: () => state ?? null };
  };
}

function extreme(sign: number): () => Accumulator {
  return folding(null, (best = null, value = null) => {
    const better = best === null || compareValues(value, best) * sign > 0;
    return value !== null && better ? value : best;
  });
}

function average(): Accumulator {
  let [total, count] = [0, 0];
  return {
    take(value) {
      if (value instanceof Decimal128) throw unsupported('$avg of a Decimal128');
      const number = toNumber(value);
      total += number ?? 0;
      count += number === null ? 0 : 1;
    },
    result: () => (count === 0 ? null : new Double(total / count)),
  };
}

function collecting(wanted: (items: readonly Value[], value: Value) => boolean): () => Accumulator {
  return () => {
    const items: Value[] = [];
    return {
      take: (value) => void (value !== undefined && wanted(items, value) && items.push(value)),
      result: () => items,
    };
  };
}
