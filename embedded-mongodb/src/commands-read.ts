import { Long } from 'bson';
import { aggregate, head } from './aggregate.js';
import { Args, collectionName, cursorId } from './args.js';
import type { Collection } from './catalog.js';
import type { Context } from './commands.js';
import { sortFields } from './index-spec.js';
import { keyBytes } from './key-bytes.js';
import { badValue, MongoFailure, unsupported } from './mongo-failure.js';
import { reachElements, splitPath } from './paths.js';
import { plan } from './planner.js';
import { compileProjection } from './projection.js';
import { type Effort, byFilter, find, type Query } from './query.js';
import { type Doc, encode, MAX_DOCUMENT_BYTES, type Value, wholeNumber } from './values.js';
import type { Reply } from './wire.js';

const FIND_FIELDS = [
  'filter',
  'sort',
  'projection',
  'skip',
  'limit',
  'batchSize',
  'singleBatch',
  'noCursorTimeout',
  'tailable',
  'awaitData',
  'returnKey',
  'showRecordId',
  'min',
  'max',
  'allowPartialResults',
];

export function findCommand({ store, cursors, db, command }: Context): Reply {
  const args = new Args(command, 'find', FIND_FIELDS);
  const query = readFind(args);
  const projection = args.document('projection');
  const project = projection.size > 0 ? compileProjection(projection) : null;
  const { namespace, collection } = target(args, 'find', db, store);
  const effort = { keys: 0, docs: 0 };
  const documents = collection ? output(find(store, collection, query, effort), project) : [];
  return {
    cursor: cursors.first(namespace, documents, args.count('batchSize'), args.flag('singleBatch')),
    ok: 1,
  };
}

function readFind(args: Args): Query {
  for (const name of ['noCursorTimeout', 'tailable', 'awaitData', 'returnKey', 'showRecordId'])
    if (args.flag(name)) throw unsupported(`The option '${name}' of find`);
  for (const name of ['min', 'max'])
    if (args.document(name).size > 0) throw unsupported(`The option '${name}' of find`);
  return {
    ...byFilter(args.document('filter')),
    sort: sortFields(args.document('sort')),
    skip: args.count('skip') ?? 0,
    limit: args.count('limit') ?? 0,
    maxTimeMS: args.count('maxTimeMS') ?? 0,
  };
}

function* output(
  found: Iterable<{ doc: Uint8Array; value: Doc }>,
  project: ((doc: Doc) => Doc) | null,
): Iterable<Uint8Array> {
  for (const { doc, value } of found) yield project ? encode(project(value)) : doc;
}

export function getMoreCommand({ cursors, db, command }: Context): Reply {
  const args = new Args(command, 'getMore', ['collection', 'batchSize']);
  const id = cursorId(args.value('getMore'));
  return {
    cursor: cursors.next(
      id,
      `${db}.${collectionName(args.value('collection'))}`,
      args.count('batchSize'),
    ),
    ok: 1,
  };
}

export function killCursorsCommand({ cursors, command }: Context): Reply {
  const args = new Args(command, 'killCursors', ['cursors']);
  const ids = args.value('cursors');
  if (!Array.isArray(ids))
    throw new MongoFailure(14, "BSON field 'cursors' is missing or no array");
  const killed: Long[] = [];
  const notFound: Long[] = [];
  for (const value of ids) {
    const id = cursorId(value);
    (cursors.kill(id) ? killed : notFound).push(Long.fromString(id));
  }
  return {
    cursorsKilled: killed,
    cursorsNotFound: notFound,
    cursorsAlive: [],
    cursorsUnknown: [],
    ok: 1,
  };
}

export function countCommand({ store, db, command }: Context): Reply {
  const args = new Args(command, 'count', ['query', 'skip', 'limit', 'fields']);
  const { collection } = target(args, 'count', db, store);
  const query = {
    ...byFilter(args.document('query')),
    skip: args.count('skip') ?? 0,
    limit: args.count('limit') ?? 0,
    maxTimeMS: args.count('maxTimeMS') ?? 0,
  };
  if (!collection) return { n: 0, ok: 1 };
  if (query.filter.size === 0 && query.skip === 0 && query.limit === 0)
    return { n: store.count(collection), ok: 1 };
  let n = 0;
  for (const _ of find(store, collection, query)) n++;
  return { n, ok: 1 };
}

export function distinctCommand({ store, db, command }: Context): Reply {
  const args = new Args(command, 'distinct', ['key', 'query']);
  const { collection } = target(args, 'distinct', db, store);
  const path = splitPath(args.string('key'));
  const values = new Map<string, Value>();
  let bytes = 0;
  const query = {
    ...byFilter(args.document('query')),
    maxTimeMS: args.count('maxTimeMS') ?? 0,
  };
  for (const { value } of collection ? find(store, collection, query) : [])
    for (const item of distinctValues(value, path)) {
      const key = keyBytes(item).toString('latin1');
      if (values.has(key)) continue;
      values.set(key, item);
      bytes += key.length;
      if (bytes > MAX_DOCUMENT_BYTES) throw new MongoFailure(17217, 'distinct too big, 16mb cap');
    }
  return { values: [...values.values()], ok: 1 };
}

/** The elements of an array and not the array; a missing field gives nothing. */
function distinctValues(doc: Doc, path: readonly string[]): Value[] {
  const found = reachElements(doc, path);
  return found.filter((value): value is Value => value !== undefined && !Array.isArray(value));
}

export function aggregateCommand({ store, cursors, db, command }: Context): Reply {
  const args = new Args(command, 'aggregate', ['pipeline', 'cursor', 'explain']);
  if (args.flag('explain')) throw unsupported('The option explain of aggregate');
  if (typeof args.value('aggregate') !== 'string')
    throw unsupported('An aggregation without a collection');
  if (!(args.value('cursor') instanceof Map))
    throw new MongoFailure(
      9,
      "The 'cursor' option is required, except for aggregate with the explain argument",
    );
  const cursor = new Args(args.document('cursor'), 'cursor', ['batchSize']);
  const { namespace, collection } = target(args, 'aggregate', db, store);
  const docs = aggregate(
    store,
    collection,
    args.documents('pipeline'),
    args.count('maxTimeMS') ?? 0,
  );
  return {
    cursor: cursors.first(namespace, encoded(docs), cursor.count('batchSize'), false),
    ok: 1,
  };
}

function* encoded(docs: Iterable<Doc>): Iterable<Uint8Array> {
  for (const doc of docs) yield encode(doc, MAX_DOCUMENT_BYTES);
}

export function explainCommand({ store, db, command }: Context): Reply {
  const args = new Args(command, 'explain', ['verbosity']);
  const inner = args.document('explain');
  const [name = ''] = inner.keys();
  const { query, collection, namespace } = explained(name, inner, db, store);
  const chosen = collection ? plan(collection, query.filter, query.sort) : null;
  const effort: Effort = { keys: 0, docs: 0 };
  let nReturned = 0;
  for (const _ of collection ? find(store, collection, query, effort) : []) nReturned++;
  const indexNames = [...new Set(chosen?.ranges?.map(({ index }) => index.spec.name))];
  const access = chosen?.ranges
    ? { stage: 'FETCH', inputStage: { stage: 'IXSCAN', indexName: indexNames.join(', ') } }
    : { stage: collection ? 'COLLSCAN' : 'EOF' };
  const winningPlan = chosen && !chosen.sorted ? { stage: 'SORT', inputStage: access } : access;
  return {
    queryPlanner: { namespace, winningPlan },
    executionStats: {
      executionSuccess: true,
      nReturned,
      totalKeysExamined: wholeNumber(effort.keys),
      totalDocsExamined: wholeNumber(effort.docs),
    },
    ok: 1,
  };
}

function explained(
  name: string,
  inner: Doc,
  db: string,
  store: Context['store'],
): { query: Query } & ReturnType<typeof target> {
  if (name === 'find') {
    const args = new Args(inner, 'find', FIND_FIELDS);
    return { query: readFind(args), ...target(args, 'find', db, store) };
  }
  if (name !== 'aggregate') throw unsupported(`To explain '${name}'`);
  const args = new Args(inner, 'aggregate', ['pipeline', 'cursor']);
  return {
    query: head(args.documents('pipeline'), 0).query,
    ...target(args, 'aggregate', db, store),
  };
}

function target(
  args: Args,
  name: string,
  db: string,
  store: Context['store'],
): { namespace: string; collection: Collection | undefined } {
  const collection = collectionName(args.value(name));
  if (db === '') throw badValue('The command needs a database');
  return { namespace: `${db}.${collection}`, collection: store.catalog.find(db, collection) };
}
