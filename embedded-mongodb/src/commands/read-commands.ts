import { keyFields } from '../queries/key-fields.js';
import { compilePipeline } from '../queries/pipeline.js';
import { compileProjection } from '../queries/projection.js';
import { byFilter, mapped, type Query } from '../queries/query.js';
import { idOf } from '../storage/catalog.js';
import { find, type Found } from '../storage/find.js';
import { MAX_DOCUMENT_BYTES } from '../values/codec.js';
import { keyOf } from '../values/keys.js';
import { checkFieldPath, reach, searchPath } from '../values/paths.js';
import { ensure } from '../values/refusal.js';
import { type Doc, type Value } from '../values/values.js';
import { command, Context, type Reply } from './command.js';
import { type BatchOptions, PLACE_BYTES } from './cursors.js';
import { Fields, namesIn } from './fields.js';

/** The fields of `find`. */
const FIND =
  'filter sort projection skip limit batchSize singleBatch hint noCursorTimeout allowDiskUse';
const VERBOSITIES = ['queryPlanner', 'executionStats', 'allPlansExecution'];

/** The commands that read documents. */
export const READ_COMMANDS = {
  find: command(FIND, (fields, context) => {
    const project = compileProjection(fields.document('projection'));
    const docs = mapped(search(context, findQuery(fields)), ({ value }) => project(value));
    const options = {
      size: fields.countOrNull('batchSize'),
      single: fields.flag('singleBatch'),
      patient: fields.flag('noCursorTimeout'),
    };
    return { cursor: opened(context, docs, options), ok: 1 };
  }),

  count: command('query skip limit hint', (fields, context) => {
    const { store, collection } = context;
    // MongoDB counts up to as many documents as a negative limit says, too.
    const limit = Math.abs(fields.wholeOrNull('limit') ?? 0);
    const options = { skip: fields.count('skip'), limit, hint: fields.hint() };
    const query = byFilter(fields.document('query'), options);
    const whole = query.filter.size + query.skip + query.limit === 0 && query.hint === null;
    if (collection && whole) return { n: store.count(collection), ok: 1 };
    return { n: Array.from(search(context, query), () => null).length, ok: 1 };
  }),

  distinct: command('key query hint', (fields, context) => {
    const key = fields.text('key');
    checkFieldPath(key);
    const path = searchPath(key);
    const query = byFilter(fields.document('query'), { hint: fields.hint() });
    const values = new Map<string, Value>();
    let bytes = 0;
    for (const { value } of search(context, query))
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

  aggregate: command(
    'pipeline cursor hint allowDiskUse bypassDocumentValidation',
    (fields, context) => {
      fields.flag('allowDiskUse');
      fields.looseFlag('bypassDocumentValidation');
      const { query, run } = compilePipeline(fields.documents('pipeline'), fields.hint());
      const wanted = fields.get('cursor') !== undefined;
      ensure(wanted, 9, "The 'cursor' option is required, except for aggregate with explain");
      const docs = run(mapped(search(context, query), ({ value }) => value));
      return { cursor: opened(context, docs, { size: batchSizeIn(fields) }), ok: 1 };
    },
  ),

  explain: command('verbosity', explain),
};

/** What a `find` looks for. */
function findQuery(fields: Fields): Query {
  fields.flag('allowDiskUse');
  return byFilter(fields.document('filter'), {
    sort: keyFields(fields.document('sort')),
    skip: fields.count('skip'),
    limit: fields.count('limit'),
    hint: fields.hint(),
  });
}

const search = ({ store, collection }: Context, query: Query): Iterable<Found> =>
  collection ? find(store, collection, query) : [];

/** Opens a cursor on a collection. It ends with the collection, whatever it has read by then. */
function opened(context: Context, docs: Iterable<Doc>, options: BatchOptions): object {
  const { store, cursors, ns, collection } = context;
  const id = collection && idOf(collection);
  const isValid = (): boolean => {
    const now = store.catalog.all.get(ns);
    return id === undefined || (now !== undefined && idOf(now) === id);
  };
  return cursors.first(ns, docs, { ...options, isValid });
}

const CURSOR = namesIn('batchSize');

/** How many documents the first batch of the field `cursor` may have. */
export const batchSizeIn = (fields: Fields): number | null =>
  Fields.of(fields.document('cursor'), 'cursor', CURSOR).countOrNull('batchSize');

const EXPLAINED = namesIn(`find ${FIND}`);

/** Runs a `find` and answers how many keys and documents it read. */
function explain(outer: Fields, { store, cursors, db }: Context): Reply {
  const message = outer.neededDocument('explain');
  ensure(message.has('find'), 238, 'To explain anything but find is not supported');
  const verbosity = outer.get('verbosity') ?? 'allPlansExecution';
  const known = VERBOSITIES.some((name) => name === verbosity);
  ensure(known, 2, `The verbosity has to be one of ${VERBOSITIES.join(', ')}`);
  const query = findQuery(Fields.of(message, 'find', EXPLAINED));
  store.effort = { keys: 0, docs: 0 };
  const found = [...search(new Context(store, cursors, db, 'find', message), query)];
  const { keys: totalKeysExamined, docs: totalDocsExamined } = store.effort;
  const executionStats = { nReturned: found.length, totalKeysExamined, totalDocsExamined };
  return { executionStats, ok: 1 };
}
