import { Int32 } from 'bson';
import { Fields } from '../commands/command.js';
import { keyOf } from '../values/keys.js';
import { compileProjection, keyFields, splitPath } from '../values/paths.js';
import { byFilter, mapped, MAX_MEMORY_BYTES, type Query, refine } from '../storage/find.js';
import { ensure, unsupported } from '../values/refusal.js';
import { add, type Doc, isArray, isDoc, toNumber, type Value } from '../values/values.js';

type Run = (docs: Iterable<Doc>) => Iterable<Doc>;
type Stage = readonly [name: string, operand: Value];
/** A compiled expression; `undefined` is a missing field. */
type Expression = (doc: Doc) => Value | undefined;

/** MongoDB's limit on the stages of a pipeline. */
const MAX_STAGES = 1_000;
/** The stages that are a query together, in this order. */
const IN_QUERY = ['$match', '$sort', '$skip', '$limit'];
const OTHERS: ReadonlyMap<string, (fields: Fields) => Run> = new Map([
  ['$project', (fields) => compileProject(fields.document('$project'))],
  ['$group', (fields) => compileGroup(fields.document('$group'))],
  ['$count', (fields) => compileCount(fields.get('$count'))],
]);

/**
 * Compiles a pipeline into the query that it begins with, which an index can help, and the rest.
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
  const runs = stages.map((stage): Run => {
    const compile = OTHERS.get(stage[0]);
    if (compile) return compile(new Fields(new Map([stage]), stage[0]));
    const part = compileQuery([stage]);
    return (docs) => refine(docs, part, (doc) => doc);
  });
  return { query, run: (found) => runs.reduce((docs, run) => run(docs), found) };
}

const placeOf = (name: string): number => IN_QUERY.indexOf(name);

function compileQuery(stages: readonly Stage[]): Query {
  const fields = new Fields(new Map(stages), IN_QUERY.join(' '));
  const sort = keyFields(fields.document('$sort'));
  const limit = fields.countOrNull('$limit');
  ensure(sort.length > 0 || !fields.get('$sort'), 15976, '$sort must have at least one sort key');
  ensure(limit !== 0, 15958, 'the limit must be positive');
  const skip = fields.count('$skip');
  return byFilter(fields.document('$match'), { sort, skip, limit: limit ?? 0 });
}

function compileProject(fields: Doc): Run {
  ensure(fields.size > 0, 51272, 'projection specification must have at least one field');
  const project = compileProjection(fields);
  return (docs) => mapped(docs, project);
}

function compileCount(operand: Value | undefined): Run {
  const right = typeof operand === 'string' && /^(?!_id$)[^$.\0]+$/.test(operand);
  ensure(right, 40156, 'the count field must be a non-empty string without $ and ., not _id');
  const total: [string, Value] = [operand, new Map([['$sum', new Int32(1)]])];
  const group = compileGroup(new Map([['_id', null], total]));
  const project = compileProjection(new Map([['_id', new Int32(0)]]));
  return (docs) => mapped(group(docs), project);
}

/** @throws Refusal 15955 without `_id`, 15952 for an unknown operator; 292 when it grows too large */
function compileGroup(stage: Doc): Run {
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
  const right = argument !== undefined && !/^\$|\./.test(name);
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
