import { Int32 } from 'bson';
import { count, document } from './command.js';
import { keyFields } from './index-keys.js';
import { keyText } from './key-bytes.js';
import { splitPath } from './paths.js';
import { compileProjection } from './projection.js';
import { byFilter, mapped, MAX_MEMORY_BYTES, type Query } from './query.js';
import { ensure, unsupported } from './refusal.js';
import { add, type Doc, isArray, isDoc, toNumber, type Value, wholeNumber } from './values.js';

type Stage = (docs: Iterable<Doc>) => Iterable<Doc>;
/** A compiled expression; `undefined` is a missing field. */
type Expression = (doc: Doc) => Value | undefined;

/** The stages in the one order in which they may come, each once at most: that of one query. */
const ORDER = ['$match', '$sort', '$skip', '$limit', '$project', '$group', '$count'];

/**
 * Compiles a pipeline into a query and what becomes of the documents that are found.
 * @throws Refusal 40324 for an unknown or unsupported stage, 238 for another order
 */
export function compilePipeline(pipeline: readonly Doc[]): { query: Query; run: Stage } {
  const stages = new Map<string, Value>();
  for (const stage of pipeline) {
    const [[name, operand] = ['', null]] = stage;
    ensure(stage.size === 1, 40323, 'A pipeline stage must have exactly one field.');
    ensure(ORDER.includes(name), 40324, `Unrecognized or unsupported stage name: '${name}'`);
    const behind = ORDER.slice(ORDER.indexOf(name)).find((one) => stages.has(one));
    if (behind !== undefined) throw unsupported(`The stage ${name} behind ${behind}`);
    ensure(operand !== null, 2, `The stage ${name} needs a specification`);
    stages.set(name, operand);
  }
  const documentOf = (name: string): Doc => document(stages.get(name), name);
  const [skip, limit] = [
    count(stages.get('$skip'), '$skip'),
    count(stages.get('$limit'), '$limit'),
  ];
  ensure(limit > 0 || !stages.has('$limit'), 15958, 'the limit must be positive');
  const query = byFilter(documentOf('$match'), {
    sort: keyFields(documentOf('$sort')),
    skip,
    limit,
  });
  const project = compileProjection(documentOf('$project'));
  const grouped = stages.has('$group') ? compileGroup(documentOf('$group')) : unchanged;
  const counted = stages.has('$count') ? compileCount(stages.get('$count')) : unchanged;
  return { query, run: (docs) => counted(grouped(mapped(docs, project))) };
}

const unchanged: Stage = (docs) => docs;

function compileCount(operand: Value | undefined): Stage {
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
