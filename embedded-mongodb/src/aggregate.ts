import { Int32 } from 'bson';
import { count, document } from './command.js';
import { keyFields } from './index-keys.js';
import { keyText } from './key-bytes.js';
import { compileFilter } from './matcher.js';
import { splitPath } from './paths.js';
import { compileProjection } from './projection.js';
import { byFilter, inOrder, mapped, MAX_MEMORY_BYTES, type Query, window } from './query.js';
import { ensure, unsupported } from './refusal.js';
import { add, type Doc, isArray, isDoc, toNumber, type Value, wholeNumber } from './values.js';

type Stage = (docs: Iterable<Doc>) => Iterable<Doc>;
/** A compiled expression; `undefined` is a missing field. */
type Expression = (doc: Doc) => Value | undefined;

/** MongoDB's limit on the stages of a pipeline. */
const MAX_STAGES = 1_000;
/** What a query does itself, so that an index can help, and in which order. */
const IN_QUERY = ['$match', '$sort', '$skip', '$limit'];

/**
 * Compiles a pipeline into the query that it begins with, and what becomes of the documents found.
 * @throws Refusal 40324 for an unknown or unsupported stage
 */
export function compilePipeline(pipeline: readonly Doc[]): { query: Query; run: Stage } {
  ensure(pipeline.length <= MAX_STAGES, 7749501, `A pipeline has at most ${MAX_STAGES} stages`);
  const stages = pipeline.map((stage) => {
    const [[name, operand] = ['', null]] = stage;
    const compile = STAGES.get(name);
    ensure(stage.size === 1, 40323, 'A pipeline stage must have exactly one field.');
    ensure(compile, 40324, `Unrecognized or unsupported stage name: '${name}'`);
    ensure(operand !== null, 2, `The stage ${name} needs a specification`);
    return { name, operand, run: compile(operand) };
  });
  const [match, sort, skip, limit] = IN_QUERY.map((name) =>
    stages[0]?.name === name ? stages.shift()?.operand : undefined,
  );
  const query = byFilter(document(match, '$match'), {
    sort: keyFields(document(sort, '$sort')),
    skip: count(skip, '$skip'),
    limit: count(limit, '$limit'),
  });
  return { query, run: (found) => stages.reduce((docs, { run }) => run(docs), found) };
}

const STAGES: ReadonlyMap<string, (operand: Value) => Stage> = new Map([
  ['$match', compileMatch],
  ['$sort', compileSort],
  ['$skip', compileSkip],
  ['$limit', compileLimit],
  ['$project', compileProject],
  ['$group', compileGroup],
  ['$count', compileCount],
]);

function compileMatch(operand: Value): Stage {
  const matches = compileFilter(document(operand, '$match'));
  return function* (docs) {
    for (const doc of docs) if (matches(doc)) yield doc;
  };
}

function compileSort(operand: Value): Stage {
  const fields = keyFields(document(operand, '$sort'));
  ensure(fields.length > 0, 15976, '$sort stage must have at least one sort key');
  return (docs) => inOrder(docs, fields, (doc) => doc);
}

function compileSkip(operand: Value): Stage {
  const skip = count(operand, '$skip');
  return (docs) => window(docs, skip, 0);
}

function compileLimit(operand: Value): Stage {
  const limit = count(operand, '$limit');
  ensure(limit > 0, 15958, 'the limit must be positive');
  return (docs) => window(docs, 0, limit);
}

function compileProject(operand: Value): Stage {
  const fields = document(operand, '$project');
  ensure(fields.size > 0, 51272, 'projection specification must have at least one field');
  const project = compileProjection(fields);
  return (docs) => mapped(docs, project);
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
function compileGroup(operand: Value): Stage {
  const stage = document(operand, '$group');
  const id = stage.get('_id');
  ensure(id !== undefined, 15955, 'a group specification needs an _id');
  const groupOf = compileExpression(id);
  const sums = [...stage].filter(([name]) => name !== '_id').map(compileSum);
  return (docs) => {
    const groups = new Map<string, Map<string, Value>>();
    let bytes = 0;
    for (const doc of docs) {
      const value = groupOf(doc) ?? null;
      const key = keyText(value);
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
