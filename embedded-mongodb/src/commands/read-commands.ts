import { keyFields } from '../queries/key-fields.js';
import { compilePipeline } from '../queries/pipeline.js';
import { compileProjection } from '../queries/projection.js';
import { byFilter, mapped, type Query } from '../queries/query.js';
import { find, type Found } from '../storage/find.js';
import { MAX_DOCUMENT_BYTES } from '../values/codec.js';
import { keyOf } from '../values/keys.js';
import { reach, searchPath } from '../values/paths.js';
import { ensure } from '../values/refusal.js';
import { isArray, type Value } from '../values/values.js';
import { command, Context, type Reply } from './command.js';
import { PLACE_BYTES } from './cursors.js';
import { Fields } from './fields.js';

/** The fields of `find`. */
const FIND = 'filter sort projection skip limit batchSize singleBatch';

/** The commands that read documents. */
export const READ_COMMANDS = {
  find: command(FIND, (fields, context) => {
    const project = compileProjection(fields.document('projection'));
    const docs = mapped(search(context, queryOf(fields)), ({ value }) => project(value));
    const [size, single] = [fields.countOrNull('batchSize'), fields.flag('singleBatch')];
    return { cursor: context.cursors.first(context.ns, docs, size, single), ok: 1 };
  }),

  getMore: command('collection batchSize', (fields, { cursors, db }) => {
    const ns = `${db}.${fields.text('collection')}`;
    const size = fields.countOrNull('batchSize');
    return { cursor: cursors.next(fields.get('getMore'), ns, size), ok: 1 };
  }),

  killCursors: command('cursors', (fields, { cursors }) => {
    const ids = fields.get('cursors');
    ensure(isArray(ids), 14, "BSON field 'cursors' is missing or no array");
    const cursorsKilled = ids.filter((id) => cursors.kill(id));
    const cursorsNotFound = ids.filter((id) => !cursorsKilled.includes(id));
    return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
  }),

  count: command('query skip limit', (fields, context) => {
    const { store, collection } = context;
    const query = queryOf(fields, 'query');
    if (collection && query.filter.size + query.skip + query.limit === 0)
      return { n: store.count(collection), ok: 1 };
    return { n: Array.from(search(context, query), () => null).length, ok: 1 };
  }),

  distinct: command('key query', (fields, context) => {
    const path = searchPath(fields.text('key'));
    const values = new Map<string, Value>();
    let bytes = 0;
    for (const { value } of search(context, queryOf(fields, 'query')))
      for (const item of reach(value, path).flatMap((one) => one)) {
        // An array counts as its elements; a missing field has no value.
        const place = keyOf(item);
        if (item === undefined || values.has(place)) continue;
        values.set(place, item);
        bytes += place.length + PLACE_BYTES;
        ensure(bytes <= MAX_DOCUMENT_BYTES, 17217, 'distinct too big, 16mb cap');
      }
    return { values: [...values.values()], ok: 1 };
  }),

  aggregate: command('pipeline cursor', (fields, context) => {
    const { query, run } = compilePipeline(fields.documents('pipeline'));
    const docs = run(mapped(search(context, query), ({ value }) => value));
    return { cursor: context.cursors.first(context.ns, docs, fields.batchSize()), ok: 1 };
  }),

  explain: command('verbosity', explain),
};

const queryOf = (fields: Fields, filter = 'filter'): Query =>
  byFilter(fields.document(filter), {
    sort: keyFields(fields.document('sort')),
    skip: fields.count('skip'),
    limit: fields.count('limit'),
  });

const search = ({ store, collection }: Context, query: Query): Iterable<Found> =>
  collection ? find(store, collection, query) : [];

/** Runs a `find` and answers how many keys and documents it read. */
function explain(outer: Fields, { store, cursors, db }: Context): Reply {
  const message = outer.document('explain');
  ensure(message.has('find'), 238, 'To explain anything but find is not supported');
  const query = queryOf(new Fields(message, `find ${FIND}`));
  store.effort = { keys: 0, docs: 0 };
  const found = [...search(new Context(store, cursors, db, 'find', message), query)];
  const { keys: totalKeysExamined, docs: totalDocsExamined } = store.effort;
  const executionStats = { nReturned: found.length, totalKeysExamined, totalDocsExamined };
  return { executionStats, ok: 1 };
}
