import { Decimal128, Double, Int32, Long } from 'bson';
import { compileExpression, type Expression } from './expression.js';
import { compareValues, keyBytes, sameValue } from './key-bytes.js';
import { badValue, MongoFailure, unsupported } from './mongo-failure.js';
import { type Doc, encode, toBigInt, toNumber, type Value } from './values.js';

/** Takes in values one by one and says what they come to. */
interface Accumulator {
  add(value: Value | undefined): void;
  result(): Value;
}

/** What all groups together may hold, in bytes. */
const MAX_GROUP_BYTES = 64 * 1024 * 1024;

/** The stage `$group`. @throws MongoFailure 15955, 15952 or 238 when compiling, 292 when it grows too large */
export function compileGroup(stage: Value): (docs: Iterable<Doc>) => Iterable<Doc> {
  if (!(stage instanceof Map))
    throw new MongoFailure(15947, "a group's fields must be specified in an object");
  const idValue = stage.get('_id');
  if (idValue === undefined)
    throw new MongoFailure(15955, 'a group specification must include an _id');
  const id = compileExpression(idValue);
  const fields = [...stage].filter(([name]) => name !== '_id').map(compileField);
  return function* group(docs) {
    const groups = new Map<string, { id: Value | undefined; accumulators: Accumulator[] }>();
    let bytes = 0;
    for (const doc of docs) {
      const value = id(doc);
      const key = value === undefined ? '' : keyBytes(value).toString('latin1');
      const known = groups.get(key) ?? {
        id: value,
        accumulators: fields.map(({ make }) => make()),
      };
      if (!groups.has(key)) bytes += key.length + 100;
      groups.set(key, known);
      for (const [i, field] of fields.entries()) {
        const item = field.argument(doc);
        if (field.keeps && item !== undefined) bytes += encode(new Map([['', item]])).length;
        known.accumulators[i]?.add(item);
      }
      if (bytes > MAX_GROUP_BYTES)
        throw new MongoFailure(292, `$group exceeded memory limit of ${MAX_GROUP_BYTES} bytes`);
    }
    for (const known of groups.values())
      yield new Map<string, Value>([
        ['_id', known.id ?? null],
        ...fields.map(({ name }, i): [string, Value] => [
          name,
          known.accumulators[i]?.result() ?? null,
        ]),
      ]);
  };
}

interface Field {
  readonly name: string;
  readonly argument: Expression;
  readonly make: () => Accumulator;
  /** True when the accumulator keeps every value. */
  readonly keeps: boolean;
}

function compileField([name, value]: [string, Value]): Field {
  if (name.includes('.'))
    throw new MongoFailure(40235, `The field name '${name}' cannot contain '.'`);
  if (!(value instanceof Map) || value.size !== 1)
    throw new MongoFailure(40234, `The field '${name}' must be an accumulator object`);
  const [[operator, operand] = ['', null]] = value;
  const make = ACCUMULATORS.get(operator);
  if (!make) throw unsupported(`The group operator '${operator}'`);
  if (operator === '$count' && !(operand instanceof Map && operand.size === 0))
    throw badValue('$count takes no arguments, i.e. $count: {}');
  const argument = operator === '$count' ? () => new Int32(1) : compileExpression(operand);
  return { name, argument, make, keeps: operator === '$push' || operator === '$addToSet' };
}

const ACCUMULATORS = new Map<string, () => Accumulator>([
  ['$sum', sum],
  ['$count', sum],
  ['$avg', average],
  [
    '$min',
    () =>
      chosen(
        (value, best) => value !== null && (best === undefined || compareValues(value, best) < 0),
      ),
  ],
  [
    '$max',
    () =>
      chosen(
        (value, best) => value !== null && (best === undefined || compareValues(value, best) > 0),
      ),
  ],
  ['$first', () => chosen((_value, best) => best === undefined)],
  ['$last', () => chosen(() => true)],
  ['$push', () => collected(() => true)],
  ['$addToSet', () => collected((value, items) => !items.some((item) => sameValue(item, value)))],
]);

/** Whole numbers are summed exactly, and become a double with the first double. */
function sum(): Accumulator {
  let whole = 0n;
  let fraction: number | null = null;
  let long = false;
  return {
    add(value) {
      if (value instanceof Decimal128) throw unsupported('$sum of a Decimal128');
      const number = toNumber(value);
      if (number === null) return;
      if (value instanceof Double) fraction = (fraction ?? 0) + number;
      else if (value instanceof Int32 || value instanceof Long) whole += toBigInt(value);
      long ||= value instanceof Long;
    },
    result() {
      if (fraction !== null) return new Double(Number(whole) + fraction);
      if (!long && BigInt.asIntN(32, whole) === whole) return new Int32(Number(whole));
      return BigInt.asIntN(64, whole) === whole
        ? Long.fromBigInt(whole)
        : new Double(Number(whole));
    },
  };
}

function average(): Accumulator {
  let total = 0;
  let count = 0;
  return {
    add(value) {
      if (value instanceof Decimal128) throw unsupported('$avg of a Decimal128');
      const number = toNumber(value);
      if (number === null) return;
      total += number;
      count++;
    },
    result: () => (count === 0 ? null : new Double(total / count)),
  };
}

function chosen(
  better: (value: Value | undefined, best: Value | undefined) => boolean,
): Accumulator {
  let best: Value | undefined;
  return {
    add(value) {
      if (better(value ?? null, best)) best = value ?? null;
    },
    result: () => best ?? null,
  };
}

function collected(wanted: (value: Value, items: readonly Value[]) => boolean): Accumulator {
  const items: Value[] = [];
  return {
    add(value) {
      if (value !== undefined && wanted(value, items)) items.push(value);
    },
    result: () => items,
  };
}
