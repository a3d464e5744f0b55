import { Int32 } from 'bson';
import { count, document } from './command.js';
import { keyFields, splitPath } from './paths.js';
import { keyOf } from './keys.js';
import {
  byFilter,
  compileProjection,
  mapped,
  MAX_MEMORY_BYTES,
  type Query,
  refine,
} from './query.js';
import { ensure, unsupported } from './refusal.js';
import { add, type Doc, isArray, isDoc, toNumber, type Value, wholeNumber } from './values.js';

type Run = (docs: Iterable<Doc>) => Iterable<Doc>;
type Stage = readonly [name: string, operand: Value];
/** A compiled expression; `undefined` is a missing field. */
type Expression = (doc: Doc) => Value | undefined;

/** MongoDB's limit on the stages of a pipeline. */
const MAX_STAGES = 1_000;
/** The stages that are a query together, in this order. */
const IN_QUERY = ['$match', '$sort', '$skip', '$limit'];
const OTHERS: ReadonlyMap<string, (operand: Value) => Run> = new Map([
  ['$project', compileProject],
  ['$group', compileGroup],
  ['$count', compileCount],
]);

/**
 * Compiles a pipeline into the query that it begins with, so that an index can help, and what
 * becomes of the documents found.
 * @throws Refusal 40324 for an unknown or unsupported stage
 */
export function compilePipeline(pipeline: readonly Doc[]): { query: Query; run: Run } {
  ensure(pipeline.length <= MAX_STAGES, 7749501, `A pipeline has at most ${MAX_STAGES} stages`);
  const stages = pipeline.map((stage): Stage => {
    const [[name, operand] = ['', null]] = stage;
    ensure(stage.size === 1, 40323, 'A pipeline stage must have exactly one field.');
    const known = IN_QUERY.includes(name) || OTHERS.has(name);
    ensure(known, 40324, `Unrecognized or unsupported stage name: '${name}'`);
    ensure(operand !== null, 2, `The stage ${name} needs a specification`);
    return [name, operand];
  });
  const end = stages.findIndex(([name], i) => placeOf(name) <= placeOf(stages[i - 1]?.[0] ?? ''));
  const query = compileQuery(stages.splice(0, end < 0 ? stages.length : end));
  const runs = stages.map(([name, operand]): Run => {
    const compile = OTHERS.get(name);
    if (compile) return compile(operand);
    const part = compileQuery([[name, operand]]);
    return (docs) => refine(docs, part, (doc) => doc);
  });
  return { query, run: (found) => runs.reduce((docs, run) => run(docs), found) };
}

const placeOf = (name: string): number => IN_QUERY.indexOf(name);

function compileQuery(stages: readonly Stage[]): Query {
  const operands = new Map(stages);
  const [match, sort, skip, limit] = IN_QUERY.map((name) => operands.get(name));
  const query = byFilter(document(match, '$match'), {
    sort: keyFields(document(sort, '$sort')),
    skip: count(skip, '$skip'),
    limit: count(limit, '$limit'),
  });
  ensure(!sort || query.sort.length > 0, 15976, '$sort stage must have at least one sort key');
  ensure(limit === undefined || query.limit > 0, 15958, 'the limit must be positive');
  return query;
}

function compileProject(operand: Value): Run {
  const fields = document(operand, '$project');
  ensure(fields.size > 0, 51272, 'projection specification must have at least one field');
  const project = compileProjection(fields);
  return (docs) => mapped(docs, project);
}

function compileCount(operand: Value): Run {
  const right = typeof operand === 'string' && /^[^$.\0]+$/.test(operand);
  ensure(right, 40156, 'the count field must be a non-empty string without $ and .');
  return (docs) => {
    let total = 0;
    for (const _ of docs) total++;
    return total > 0 ? [new Map([[operand, wholeNumber(total)]])] : [];
  };
}

/** @throws Refusal 15955 without `_id`, 15952 for an unknown operator; 292 when it grows too large */
function compileGroup(operand: Value): Run {
  const stage = document(operand, '$group');
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
