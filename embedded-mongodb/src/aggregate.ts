import type { Collection } from './catalog.js';
import { encode } from './codec.js';
import { compileGroup } from './group.js';
import { keyFields } from './index-keys.js';
import { compileFilter } from './matcher.js';
import { compileProjection } from './projection.js';
import { byFilter, find, sorted, window } from './query.js';
import { badValue, Refusal } from './refusal.js';
import type { Store } from './store.js';
import { type Doc, isDoc, toNumber, type Value, wholeNumber } from './values.js';

type Stage = (docs: Iterable<Doc>) => Iterable<Doc>;

/**
 * Runs a pipeline. A `$match` at its beginning and a `$sort` behind it are answered by indexes.
 *
 * @throws Refusal 40324 for an unknown or unsupported stage
 */
export function aggregate(
  store: Store,
  collection: Collection | undefined,
  pipeline: readonly Doc[],
  maxTimeMS: number,
): Iterable<Doc> {
  const stages = pipeline.map(compileStage);
  const match = pipeline[0]?.get('$match');
  const sort = pipeline[match ? 1 : 0]?.get('$sort');
  const rest = stages.slice(Number(isDoc(match)) + Number(isDoc(sort)));
  const query = byFilter(isDoc(match) ? match : new Map(), {
    sort: isDoc(sort) ? keyFields(sort) : [],
    maxTimeMS,
  });
  const found = collection ? valuesOf(find(store, collection, query)) : [];
  return rest.reduce<Iterable<Doc>>((docs, stage) => stage(docs), found);
}

function compileStage(stage: Doc): Stage {
  const [[name, operand] = ['', null]] = stage;
  const compile = STAGES.get(name);
  if (stage.size !== 1) throw new Refusal(40323, 'A pipeline stage must have exactly one field.');
  if (!compile) throw new Refusal(40324, `Unrecognized or unsupported stage name: '${name}'`);
  return compile(operand, name);
}

const STAGES: ReadonlyMap<string, (operand: Value, name: string) => Stage> = new Map([
  ['$match', compileMatch],
  ['$sort', compileSort],
  ['$skip', (operand, name) => paged(amount(operand, name), 0)],
  ['$limit', (operand, name) => paged(0, amount(operand, name) || outOfRange(name))],
  ['$project', compileProject],
  ['$group', compileGroup],
  ['$count', compileCount],
] satisfies [string, (operand: Value, name: string) => Stage][]);

function compileMatch(operand: Value): Stage {
  const matches = compileFilter(specification(operand));
  return function* match(docs) {
    for (const doc of docs) if (matches(doc)) yield doc;
  };
}

function compileSort(operand: Value): Stage {
  const sort = keyFields(specification(operand));
  if (sort.length === 0) throw new Refusal(15976, '$sort must have at least one sort key');
  return (docs) => valuesOf(sorted(withBytes(docs), { sort, skip: 0, limit: 0 }));
}

const paged =
  (skip: number, limit: number): Stage =>
  (docs) =>
    window(docs, skip, limit);

function amount(operand: Value, name: string): number {
  const number = toNumber(operand);
  return number !== null && Number.isInteger(number) && number >= 0 ? number : outOfRange(name);
}

function outOfRange(name: string): never {
  throw new Refusal(15958, `${name} needs a whole number that is not too small`);
}

function compileProject(operand: Value): Stage {
  const projection = specification(operand);
  if (projection.size === 0) throw new Refusal(51272, '$project must have at least one field');
  const project = compileProjection(projection);
  return function* projected(docs) {
    for (const doc of docs) yield project(doc);
  };
}

function compileCount(operand: Value): Stage {
  if (typeof operand !== 'string' || !/^[^$.\0]+$/.test(operand))
    throw new Refusal(40156, 'the count field must be a non-empty string without $ and .');
  return function* counted(docs) {
    let total = 0;
    for (const _ of docs) total++;
    if (total > 0) yield new Map([[operand, wholeNumber(total)]]);
  };
}

function specification(operand: Value): Doc {
  if (!isDoc(operand)) throw badValue('The specification of a stage must be an object');
  return operand;
}

function* valuesOf(found: Iterable<{ value: Doc }>): Iterable<Doc> {
  for (const { value } of found) yield value;
}

function* withBytes(docs: Iterable<Doc>): Iterable<{ doc: Uint8Array; value: Doc }> {
  for (const value of docs) yield { doc: encode(value), value };
}
