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
): Iterable<Doc> {
  const stages = pipeline.map(compileStage);
  const match = pipeline[0]?.get('$match');
  const order = pipeline[match ? 1 : 0]?.get('$sort');
  const rest = stages.slice(Number(isDoc(match)) + Number(isDoc(order)));
  const sort = isDoc(order) ? keyFields(order) : [];
  const query = byFilter(isDoc(match) ? match : new Map(), { sort });
  const found = collection ? valuesOf(find(store, collection, query)) : [];
  return rest.reduce<Iterable<Doc>>((docs, stage) => stage(docs), found);
}

function compileStage(stage: Doc): Stage {
  const [[name, operand] = ['', null]] = stage;
  if (stage.size !== 1) throw new Refusal(40323, 'A pipeline stage must have exactly one field.');
  switch (name) {
    case '$match': {
      const matches = compileFilter(specification(operand));
      return function* match(docs) {
        for (const doc of docs) if (matches(doc)) yield doc;
      };
    }
    case '$project': {
      const project = compileProjection(specification(operand));
      return function* projected(docs) {
        for (const doc of docs) yield project(doc);
      };
    }
    case '$sort': {
      const sort = keyFields(specification(operand));
      return (docs) => valuesOf(sorted(withBytes(docs), { sort, skip: 0, limit: 0 }));
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
      return compileGroup(specification(operand));
    case '$count':
      return compileCount(operand);
    default:
      throw new Refusal(40324, `Unrecognized or unsupported stage name: '${name}'`);
  }
}

function specification(operand: Value): Doc {
  if (isDoc(operand)) return operand;
  throw badValue('The specification of a stage must be an object');
}

function amount(operand: Value, least: number): number {
  const number = toNumber(operand);
  if (number !== null && Number.isInteger(number) && number >= least) return number;
  throw new Refusal(15958, `The stage needs a whole number from ${least} on`);
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

function* valuesOf(found: Iterable<{ value: Doc }>): Iterable<Doc> {
  for (const { value } of found) yield value;
}

function* withBytes(docs: Iterable<Doc>): Iterable<{ doc: Uint8Array; value: Doc }> {
  for (const value of docs) yield { doc: encode(value), value };
}
