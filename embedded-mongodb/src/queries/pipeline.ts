import { Int32 } from 'bson';
import { ensure } from '../values/refusal.js';
import { type Doc, isDoc, toNumber, typeName, type Value } from '../values/values.js';
import { compileGroup } from './group.js';
import { keyFields } from './key-fields.js';
import { compileProjection } from './projection.js';
import { byFilter, mapped, type Query, refine } from './query.js';

type Run = (docs: Iterable<Doc>) => Iterable<Doc>;
type Stage = readonly [name: string, operand: Value];

/** MongoDB's limit on the stages of a pipeline. */
const MAX_STAGES = 1_000;
/** The stages that together are one query, when they come in this order. */
const IN_QUERY = ['$match', '$sort', '$skip', '$limit'];
const OTHERS: ReadonlyMap<string, (operand: Value) => Run> = new Map([
  ['$project', (operand) => compileProject(documentOf(operand, 15969))],
  ['$group', (operand) => compileGroup(documentOf(operand, 15947))],
  ['$count', compileCount],
]);

/**
 * Compiles a pipeline: the stages at its start that form a query, which can use an index, and the
 * stages behind them, which work in memory.
 * @throws Refusal 40324 for an unknown or unsupported stage, 40323, 7749501
 */
export function compilePipeline(
  pipeline: readonly Doc[],
  hint: Query['hint'],
): { query: Query; run: Run } {
  ensure(pipeline.length <= MAX_STAGES, 7749501, `A pipeline has at most ${MAX_STAGES} stages`);
  const stages = pipeline.map((stage): Stage => {
    const [[name, operand] = ['', null]] = stage;
    ensure(stage.size === 1, 40323, 'A pipeline stage must have exactly one field.');
    const known = IN_QUERY.includes(name) || OTHERS.has(name);
    ensure(known, 40324, `Unrecognized or unsupported stage name: '${name}'`);
    return [name, operand];
  });
  const end = stages.findIndex(([name], i) => placeOf(name) <= placeOf(stages[i - 1]?.[0] ?? ''));
  const query = compileQuery(stages.splice(0, end < 0 ? stages.length : end));
  const runs = stages.map((stage): Run => {
    const [name, operand] = stage;
    const compile = OTHERS.get(name);
    if (compile) return compile(operand);
    const part = compileQuery([stage]);
    return (docs) => refine(docs, part, (doc) => doc);
  });
  return {
    query: { ...query, hint },
    run: (found) => runs.reduce((docs, run) => run(docs), found),
  };
}

/** The place of a stage in a query; -1 for any other stage. */
const placeOf = (name: string): number => IN_QUERY.indexOf(name);

function compileQuery(stages: readonly Stage[]): Query {
  const operands = new Map(stages);
  const sort = keyFields(documentOf(operands.get('$sort'), 15973));
  const limit = countOf(operands.get('$limit'), '$limit', 5107201);
  const skip = countOf(operands.get('$skip'), '$skip', 5107200);
  ensure(sort.length > 0 || !operands.has('$sort'), 15976, '$sort must have at least one sort key');
  ensure(limit > 0 || !operands.has('$limit'), 15958, 'the limit must be positive');
  return byFilter(documentOf(operands.get('$match'), 15959), { sort, skip, limit });
}

/** The operand of a stage that needs a document. @throws Refusal with the stage's code */
function documentOf(operand: Value | undefined, code: number): Doc {
  if (operand === undefined) return new Map();
  ensure(isDoc(operand), code, `The stage needs an object, not ${typeName(operand)}`);
  return operand;
}

/** The operand of a stage that needs a whole number. @throws Refusal with the stage's code */
function countOf(operand: Value | undefined, name: string, code: number): number {
  if (operand === undefined) return 0;
  const count = toNumber(operand) ?? NaN;
  const right = Number.isInteger(count) && count >= 0;
  ensure(right, code, `invalid argument to ${name} stage: Expected a non-negative integer`);
  return count;
}

function compileProject(fields: Doc): Run {
  ensure(fields.size > 0, 51272, 'projection specification must have at least one field');
  const project = compileProjection(fields);
  return (docs) => mapped(docs, project);
}

/** `$count` is a group of all documents with their number, without the group's `_id`. */
function compileCount(operand: Value): Run {
  const right = typeof operand === 'string' && /^(?!_id$)[^$.\0]+$/.test(operand);
  ensure(right, 40156, 'the count field must be a non-empty string without $ and ., not _id');
  const total: [string, Value] = [operand, new Map([['$sum', new Int32(1)]])];
  const group = compileGroup(new Map([['_id', null], total]));
  const project = compileProjection(new Map([['_id', new Int32(0)]]));
  return (docs) => mapped(group(docs), project);
}
