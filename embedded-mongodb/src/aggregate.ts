import type { Collection } from './catalog.js';
import { compileExpression } from './expression.js';
import { compileGroup } from './group.js';
import { sortFields } from './index-spec.js';
import { compileFilter } from './matcher.js';
import { badValue, MongoFailure, unsupported } from './mongo-failure.js';
import { splitPath } from './paths.js';
import { compileProjection, isFlag, type Projection } from './projection.js';
import { byFilter, find, inOrder, type Query, window } from './query.js';
import type { Store } from './store.js';
import { setAt } from './update-paths.js';
import { type Doc, encode, toNumber, type Value, wholeNumber } from './values.js';

type Stage = (docs: Iterable<Doc>) => Iterable<Doc>;

/**
 * Runs a pipeline. `$match` and `$sort` at its beginning are answered by indexes.
 *
 * @throws MongoFailure 40324 for an unknown stage, 238 for one that is missing here
 */
export function aggregate(
  store: Store,
  collection: Collection | undefined,
  pipeline: readonly Doc[],
  maxTimeMS: number,
): Iterable<Doc> {
  const { query, rest } = head(pipeline, maxTimeMS);
  const stages = rest.map(compileStage);
  const found = collection ? values(find(store, collection, query)) : [];
  return stages.reduce<Iterable<Doc>>((docs, stage) => stage(docs), found);
}

/** The part of a pipeline that is a query. */
export function head(
  pipeline: readonly Doc[],
  maxTimeMS: number,
): { query: Query; rest: readonly Doc[] } {
  const filters: Value[] = [];
  let at = 0;
  for (; pipeline[at]?.size === 1; at++) {
    const match = pipeline[at]?.get('$match');
    if (!(match instanceof Map)) break;
    filters.push(match);
  }
  const [only] = filters;
  const filter: Doc =
    filters.length > 1 ? new Map([['$and', filters]]) : only instanceof Map ? only : new Map();
  const sort = pipeline[at]?.size === 1 ? pipeline[at]?.get('$sort') : undefined;
  const sorted = sort instanceof Map && sort.size > 0;
  const query = { ...byFilter(filter), sort: sorted ? sortFields(sort) : [], maxTimeMS };
  return { query, rest: pipeline.slice(sorted ? at + 1 : at) };
}

function* values(found: Iterable<{ value: Doc }>): Iterable<Doc> {
  for (const { value } of found) yield value;
}

function compileStage(stage: Doc): Stage {
  const [[name, operand] = ['', null]] = stage;
  if (stage.size !== 1)
    throw new MongoFailure(
      40323,
      'A pipeline stage specification object must contain exactly one field.',
    );
  switch (name) {
    case '$match': {
      if (!(operand instanceof Map))
        throw new MongoFailure(15959, 'the match filter must be an expression in an object');
      const matches = compileFilter(operand);
      return (docs) => filtered(docs, matches);
    }
    case '$sort':
      return compileSort(operand);
    case '$skip': {
      const skip = count(name, operand, 0);
      return (docs) => window(docs, skip, 0);
    }
    case '$limit': {
      const limit = count(name, operand, 1);
      return (docs) => window(docs, 0, limit);
    }
    case '$project': {
      const project = compileProject(operand);
      return (docs) => mapped(docs, project);
    }
    case '$group':
      return compileGroup(operand);
    case '$count':
      return compileCount(operand);
    case '$changeStream':
      throw new MongoFailure(40573, 'The $changeStream stage is only supported on replica sets');
    default:
      if (NOT_HERE.has(name)) throw unsupported(`The pipeline stage ${name}`);
      throw new MongoFailure(40324, `Unrecognized pipeline stage name: '${name}'`);
  }
}

const NOT_HERE = new Set([
  '$addFields', '$bucket', '$bucketAuto', '$collStats', '$densify', '$documents', '$facet', '$fill', '$geoNear',
  '$graphLookup', '$indexStats', '$lookup', '$merge', '$out', '$redact', '$replaceRoot', '$replaceWith', '$sample',
  '$set', '$setWindowFields', '$sortByCount', '$unionWith', '$unset', '$unwind',
]); // prettier-ignore

function* filtered(docs: Iterable<Doc>, matches: (doc: Doc) => boolean): Iterable<Doc> {
  for (const doc of docs) if (matches(doc)) yield doc;
}

function* mapped(docs: Iterable<Doc>, project: Projection): Iterable<Doc> {
  for (const doc of docs) yield project(doc);
}

function count(name: string, operand: Value, least: number): number {
  const number = toNumber(operand);
  if (number === null || !Number.isInteger(number) || number < least)
    throw new MongoFailure(
      name === '$limit' ? 15958 : 5107200,
      `invalid argument to ${name} stage: expected a whole number from ${least} on`,
    );
  return number;
}

function compileSort(operand: Value): Stage {
  if (!(operand instanceof Map))
    throw new MongoFailure(15973, 'the $sort key specification must be an object');
  if (operand.size === 0)
    throw new MongoFailure(15976, '$sort stage must have at least one sort key');
  const query = { sort: sortFields(operand), skip: 0, limit: 0 };
  return function* sort(docs) {
    let place = 0;
    const rows = (function* rows() {
      for (const value of docs) yield { rec: place++, doc: encode(value), value };
    })();
    yield* values(inOrder(rows, query));
  };
}

function compileCount(operand: Value): Stage {
  if (typeof operand !== 'string' || operand === '' || /[$.\0]/.test(operand))
    throw new MongoFailure(40156, 'the count field must be a non-empty string without $ and .');
  return function* counting(docs) {
    let total = 0;
    for (const _ of docs) total++;
    if (total > 0) yield new Map([[operand, wholeNumber(total)]]);
  };
}

function compileProject(operand: Value): Projection {
  if (!(operand instanceof Map) || operand.size === 0)
    throw new MongoFailure(
      51272,
      'Invalid $project :: projection specification must have at least one field',
    );
  const flags = new Map([...operand].filter(([, value]) => isFlag(value)));
  const computed = [...operand].filter(([, value]) => !isFlag(value));
  if (computed.length === 0) return compileProjection(flags);
  for (const [name, flag] of flags)
    if (name !== '_id' && (flag === false || toNumber(flag) === 0))
      throw new MongoFailure(31254, `Cannot do exclusion on field ${name} in inclusion projection`);
  const included = [...flags.keys()].some((name) => name !== '_id');
  const idOut =
    flags.has('_id') && (flags.get('_id') === false || toNumber(flags.get('_id')) === 0);
  const base =
    included || !idOut
      ? compileProjection(included ? flags : new Map([['_id', true]]))
      : () => new Map<string, Value>();
  const fields = computed.map(([name, value]) => {
    if (name.includes('.')) throw unsupported(`Computing the inner field '${name}'`);
    if (name.startsWith('$')) throw badValue(`The field name '${name}' is not valid`);
    return { path: splitPath(name), expression: compileExpression(value) };
  });
  return (doc) => {
    const result = base(doc);
    for (const { path, expression } of fields) {
      const value = expression(doc);
      if (value !== undefined) setAt(result, path, value);
    }
    return result;
  };
}
