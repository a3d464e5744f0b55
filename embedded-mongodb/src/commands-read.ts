import { aggregate } from './aggregate.js';
import { MAX_DOCUMENT_BYTES } from './codec.js';
import { type Command, type Context, reading, target } from './command.js';
import {
  any,
  count,
  countOrNull,
  cursorOption,
  document,
  documents,
  type Fields,
  flag,
  readFields,
  text,
} from './fields.js';
import { keyFields } from './index-keys.js';
import { keyBytes } from './key-bytes.js';
import { reachElements, splitPath } from './paths.js';
import { compileProjection, type Projection } from './projection.js';
import { byFilter, type Effort, find, type Found, type Query } from './query.js';
import { Refusal, unsupported } from './refusal.js';
import { type Doc, isArray, type Value, wholeNumber } from './values.js';
import type { Reply } from './wire.js';

const FIND = {
  filter: document,
  sort: document,
  projection: document,
  skip: count,
  limit: count,
  batchSize: countOrNull,
  singleBatch: flag,
};
const COUNT = { query: document, skip: count, limit: count };
const DISTINCT = { key: text, query: document };
const AGGREGATE = { pipeline: documents, cursor: cursorOption };

/** The commands that answer with documents, or with what they say. */
export const READ_COMMANDS: readonly [string, Command][] = [
  ['find', reading(FIND, findDocuments)],
  ['getMore', reading({ collection: text, batchSize: countOrNull }, getMore)],
  ['killCursors', reading({ cursors: any }, killCursors)],
  ['count', reading(COUNT, countDocuments)],
  ['distinct', reading(DISTINCT, distinct)],
  ['aggregate', reading(AGGREGATE, runPipeline)],
  ['explain', reading({ verbosity: any }, explain)],
];

function findDocuments(fields: Fields<typeof FIND>, context: Context): Reply {
  const query = queryOf(fields);
  const project = fields.projection.size > 0 ? compileProjection(fields.projection) : null;
  const { namespace, collection } = target(context);
  const found = collection ? find(context.store, collection, query) : [];
  const docs = output(found, project);
  const { batchSize, singleBatch } = fields;
  return { cursor: context.cursors.first(namespace, docs, batchSize, singleBatch), ok: 1 };
}

const queryOf = ({ filter, sort, skip, limit }: Fields<typeof FIND>): Query =>
  byFilter(filter, { sort: keyFields(sort), skip, limit });

function* output(found: Iterable<Found>, project: Projection | null): Iterable<Doc> {
  for (const { value } of found) yield project ? project(value) : value;
}

function getMore(
  { collection, batchSize }: { collection: string; batchSize: number | null },
  { cursors, db, message }: Context,
): Reply {
  return { cursor: cursors.next(message.get('getMore'), `${db}.${collection}`, batchSize), ok: 1 };
}

function killCursors(
  { cursors: ids }: { cursors: Value | undefined },
  { cursors }: Context,
): Reply {
  if (!isArray(ids)) throw new Refusal(14, "BSON field 'cursors' is missing or no array");
  const cursorsKilled = ids.filter((id) => cursors.kill(id));
  const cursorsNotFound = ids.filter((id) => !cursorsKilled.includes(id));
  return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
}

function countDocuments(fields: Fields<typeof COUNT>, context: Context): Reply {
  const { query: filter, skip, limit } = fields;
  const query = byFilter(filter, { skip, limit });
  const { collection } = target(context);
  if (!collection) return { n: 0, ok: 1 };
  if (filter.size === 0 && skip === 0 && limit === 0)
    return { n: context.store.count(collection), ok: 1 };
  let n = 0;
  for (const _ of find(context.store, collection, query)) n++;
  return { n, ok: 1 };
}

function distinct(fields: Fields<typeof DISTINCT>, context: Context): Reply {
  const path = splitPath(fields.key);
  const query = byFilter(fields.query);
  const { collection } = target(context);
  const values = new Map<string, Value>();
  let bytes = 0;
  for (const { value } of collection ? find(context.store, collection, query) : [])
    for (const item of reachElements(value, path)) {
      // The elements of an array and not the array; a missing field gives nothing.
      const key = keyBytes(item).toString('latin1');
      if (item === undefined || isArray(item) || values.has(key)) continue;
      values.set(key, item);
      bytes += key.length;
      if (bytes > MAX_DOCUMENT_BYTES) throw new Refusal(17217, 'distinct too big, 16mb cap');
    }
  return { values: [...values.values()], ok: 1 };
}

function runPipeline(fields: Fields<typeof AGGREGATE>, context: Context): Reply {
  const { namespace, collection } = target(context);
  const docs = aggregate(context.store, collection, fields.pipeline);
  return { cursor: context.cursors.first(namespace, docs, fields.cursor), ok: 1 };
}

/** Runs a `find` and says how much it read for its answer. */
function explain(_fields: unknown, context: Context): Reply {
  const message = document(context.message.get('explain'), 'explain');
  if (!message.has('find')) throw unsupported('To explain anything but find');
  const query = queryOf(readFields(message, 'find', { ...FIND, find: any }));
  const { namespace, collection } = target({ ...context, name: 'find', message });
  const effort: Effort = { keys: 0, docs: 0 };
  let nReturned = 0;
  if (collection) for (const _ of find(context.store, collection, query, effort)) nReturned++;
  const stage = effort.keys > 0 ? 'IXSCAN' : 'COLLSCAN';
  return {
    queryPlanner: { namespace, winningPlan: { stage } },
    executionStats: {
      nReturned,
      totalKeysExamined: wholeNumber(effort.keys),
      totalDocsExamined: wholeNumber(effort.docs),
    },
    ok: 1,
  };
}
