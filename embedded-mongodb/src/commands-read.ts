import { compilePipeline } from './aggregate.js';
import { MAX_DOCUMENT_BYTES } from './codec.js';
import * as field from './command.js';
import { command, Context } from './command.js';
import { PLACE_BYTES } from './cursors.js';
import { keyFields, reach, searchPath } from './paths.js';
import { keyOf } from './keys.js';
import { byFilter, compileProjection, find, type Found, mapped, type Query } from './query.js';
import { ensure } from './refusal.js';
import { isArray, type Value } from './values.js';
import type { Reply } from './wire.js';

const FIND = {
  filter: field.document,
  sort: field.document,
  projection: field.document,
  skip: field.count,
  limit: field.count,
  batchSize: field.countOrNull,
  singleBatch: field.flag,
};
const COUNT = { query: field.document, skip: field.count, limit: field.count };
const DISTINCT = { key: field.text, query: field.document };
const AGGREGATE = { pipeline: field.documents, cursor: field.cursorOption };

/** The commands that answer with documents, or with what they say. */
export const READ_COMMANDS = {
  find: command(FIND, (fields, context) => {
    const project = compileProjection(fields.projection);
    const docs = mapped(search(context, queryOf(fields)), ({ value }) => project(value));
    const { batchSize, singleBatch } = fields;
    return { cursor: context.cursors.first(context.ns, docs, batchSize, singleBatch), ok: 1 };
  }),

  getMore: command({ collection: field.text, batchSize: field.countOrNull }, (fields, context) => {
    const { cursors, db, message } = context;
    const ns = `${db}.${fields.collection}`;
    return { cursor: cursors.next(message.get('getMore'), ns, fields.batchSize), ok: 1 };
  }),

  killCursors: command({ cursors: field.any }, ({ cursors: ids }, { cursors }) => {
    ensure(isArray(ids), 14, "BSON field 'cursors' is missing or no array");
    const cursorsKilled = ids.filter((id) => cursors.kill(id));
    const cursorsNotFound = ids.filter((id) => !cursorsKilled.includes(id));
    return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
  }),

  count: command(COUNT, ({ query: filter, skip, limit }, context) => {
    const { store, collection } = context;
    if (collection && filter.size + skip + limit === 0)
      return { n: store.count(collection), ok: 1 };
    let n = 0;
    for (const _ of search(context, byFilter(filter, { skip, limit }))) n++;
    return { n, ok: 1 };
  }),

  distinct: command(DISTINCT, ({ key, query }, context) => {
    const path = searchPath(key);
    const values = new Map<string, Value>();
    let bytes = 0;
    for (const { value } of search(context, byFilter(query, {})))
      for (const item of reach(value, path).flatMap((one) => one)) {
        // The elements of an array and not the array; a missing field gives nothing.
        const place = keyOf(item);
        if (item === undefined || values.has(place)) continue;
        values.set(place, item);
        bytes += place.length + PLACE_BYTES;
        ensure(bytes <= MAX_DOCUMENT_BYTES, 17217, 'distinct too big, 16mb cap');
      }
    return { values: [...values.values()], ok: 1 };
  }),

  aggregate: command(AGGREGATE, (fields, context) => {
    const { query, run } = compilePipeline(fields.pipeline);
    const docs = run(mapped(search(context, query), ({ value }) => value));
    return { cursor: context.cursors.first(context.ns, docs, fields.cursor), ok: 1 };
  }),

  explain: command({ verbosity: field.any }, explain),
};

const queryOf = ({ filter, sort, skip, limit }: field.Fields<typeof FIND>): Query =>
  byFilter(filter, { sort: keyFields(sort), skip, limit });

const search = ({ store, collection }: Context, query: Query): Iterable<Found> =>
  collection ? find(store, collection, query) : [];

/** Runs a `find` and says how much it read for its answer. */
function explain(_fields: unknown, { store, cursors, db, message: outer }: Context): Reply {
  const message = field.document(outer.get('explain'), 'explain');
  ensure(message.has('find'), 238, 'To explain anything but find is not supported');
  const query = queryOf(field.readFields(message, { ...FIND, find: field.any }));
  const effort = (store.effort = { keys: 0, docs: 0 });
  const found = [...search(new Context(store, cursors, db, 'find', message), query)];
  const executionStats = {
    nReturned: found.length,
    totalKeysExamined: effort.keys,
    totalDocsExamined: effort.docs,
  };
  return { executionStats, ok: 1 };
}
