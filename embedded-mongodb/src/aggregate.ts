import { Int32 } from 'bson';
import { document } from './command.js';
import { keyFields } from './index-keys.js';
import { keyText } from './key-bytes.js';
import { compileFilter, type Matcher } from './matcher.js';
import { splitPath } from './paths.js';
import { compileProjection } from './projection.js';
import { byFilter, inOrder, mapped, MAX_MEMORY_BYTES, type Query, window } from './query.js';
import { ensure, Refusal, unsupported } from './refusal.js';
import { add, type Doc, isArray, isDoc, toNumber, type Value, wholeNumber } from './values.js';

type Stage = (docs: Iterable<Doc>) => Iterable<Doc>;
/** A compiled expression; `undefined` is a missing field. */
type Expression = (doc: Doc) => Value | undefined;

/**
 * Compiles a pipeline into a query, from a `$match` at its beginning and a `$sort` behind it, and
 * what becomes of the documents that are found.
 * @throws Refusal 40324 for an unknown or unsupported stage
 */
export function compilePipeline(pipeline: readonly Doc[]): { query: Query; run: Stage } {
  const stages = pipeline.map(compileStage);
  const match = pipeline[0]?.get('$match');
  const order = pipeline[match ? 1 : 0]?.get('$sort');
  const query = byFilter(document(match, '$match'), { sort: keyFields(document(order, '$sort')) });
  const rest = stages.slice(Number(isDoc(match)) + Number(isDoc(order)));
  return { query, run: (docs) => rest.reduce((here, stage) => stage(here), docs) };
}

function compileStage(stage: Doc): Stage {
  const [[name, operand] = ['', null]] = stage;
  ensure(stage.size === 1, 40323, 'A pipeline stage must have exactly one field.');
  switch (name) {
    case '$match': {
      const matches = compileFilter(document(operand, name));
      return (docs) => filtered(docs, matches);
    }
    case '$project': {
      const project = compileProjection(document(operand, name));
      return (docs) => mapped(docs, project);
    }
    case '$sort': {
      const sort = keyFields(document(operand, name));
      return (docs) => inOrder(docs, (doc) => doc, sort);
    }
    case '$skip': {
      const skip = amount(operand, 0);
      return (docs) => window(docs, skip, 0);
    }
    case '$limit': {
      const limit = amount(operand, 1);
      return (docs) => window(docs, 0, limit);
    }
    case '$group':
      return compileGroup(document(operand, name));
    case '$count':
      return compileCount(operand);
    default:
      throw new Refusal(40324, `Unrecognized or unsupported stage name: '${name}'`);
  }
}

function* filtered(docs: Iterable<Doc>, matches: Matcher): Iterable<Doc> {
  for (const doc of docs) if (matches(doc)) yield doc;
}

function amount(operand: Value, least: number): number {
  const number = toNumber(operand) ?? -1;
  const right = Number.isInteger(number) && number >= least;
  ensure(right, 15958, `The stage needs a whole number from ${least} on`);
  return number;
}

function compileCount(operand: Value): Stage {
  const right = typeof operand === 'string' && /^[^$.\0]+$/.test(operand);
  ensure(right, 40156, 'the count field must be a non-empty string without $ and .');
  return (docs) => {
    let total = 0;
    for (const _ of docs) total++;
    return total > 0 ? [new Map([[operand, wholeNumber(total)]])] : [];
  };
}

/** @throws Refusal 15955 without `_id`, 15952 for an unknown operator; 292 when it grows too large */
function compileGroup(stage: Doc): Stage {
  const id = stage.get('_id');
  ensure(id !== undefined, 15955, 'a group specification needs an _id');
  const groupOf = compileExpression(id);
  const sums = [...stage].filter(([name]) => name !== '_id').map(compileSum);
  return (docs) => {
    const groups = new Map<string, Map<string, Value>>();
    let bytes = 0;
    for (const doc of docs) {
      const value = groupOf(doc);
      // A missing value is a group of its own, though its key is that of null.
      const key = value === undefined ? '' : keyText(value);
      const known = groups.get(key) ?? new Map([['_id', value ?? null]]);
      if (!groups.has(key)) bytes += key.length + 100;
      ensure(bytes <= MAX_MEMORY_BYTES, 292, '$group exceeded memory limit');
      groups.set(key, known);
      for (const [name, argument] of sums) {
        const [sum, more] = [known.get(name) ?? new Int32(0), argument(doc) ?? null];
        known.set(name, toNumber(more) === null ? sum : add(sum, more));
      }
    }
    return groups.values();
  };
}

function compileSum([name, value]: [string, Value]): [string, Expression] {
  const argument = isDoc(value) && value.size === 1 ? value.get('$sum') : undefined;
  const right = argument !== undefined && !name.includes('.');
  ensure(right, 15952, `'${name}' needs the group operator $sum; no other one is supported`);
  return [name, compileExpression(argument)];
}

/** A path, as in `'$a.b'`, or a constant. */
function compileExpression(value: Value): Expression {
  if (isDoc(value) || isArray(value)) throw unsupported('An expression but a path or a constant');
  if (typeof value !== 'string' || !value.startsWith('$')) return () => value;
  const path = splitPath(value.slice(1));
  return (doc) =>
    path.reduce<Value | undefined>((here, name) => {
      if (isArray(here)) throw unsupported(`An expression through an array, as '${value}',`);
      return isDoc(here) ? here.get(name) : undefined;
    }, doc);
}
