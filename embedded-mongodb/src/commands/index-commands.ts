import { byFilter } from '../queries/query.js';
import type { Collection, Index } from '../storage/catalog.js';
import { find } from '../storage/find.js';
import { type IndexSpec, readIndexSpec } from '../storage/index-spec.js';
import type { Store } from '../storage/store.js';
import { sameValue } from '../values/keys.js';
import { ensure, unsupported } from '../values/refusal.js';
import { isArray, isDoc, show, type Value } from '../values/values.js';
import { command } from './command.js';
import { checkIndexSpec } from './index-check.js';
import { batchSizeIn } from './read-commands.js';

/** The commands on the indexes of a collection. */
export const INDEX_COMMANDS = {
  createIndexes: command('indexes commitQuorum', (fields, { store, ns }) => {
    const given = fields.documents('indexes');
    ensure(given.length > 0, 2, 'Must specify at least one index to create');
    for (const spec of given) checkIndexSpec(spec);
    const createdCollectionAutomatically = !store.catalog.all.has(ns);
    const collection = store.catalog.ensure(ns);
    const numIndexesBefore = listed(collection).length;
    for (const spec of given.map(readIndexSpec))
      if (!exists(collection, spec)) build(store, collection, spec);
    const numIndexesAfter = listed(collection).length;
    return {
      numIndexesBefore,
      numIndexesAfter,
      ...(createdCollectionAutomatically || numIndexesAfter > numIndexesBefore
        ? { createdCollectionAutomatically }
        : {}),
      ...(numIndexesAfter > numIndexesBefore ? {} : { note: 'all indexes already exist' }),
      ok: 1,
    };
  }),

  dropIndexes: command('index', (fields, { store, ns, collection }) => {
    const wanted = fields.need('index');
    ensure(collection, 26, `ns not found ${ns}`);
    const chosen = indexesToDrop(collection, wanted);
    const nIndexesWas = listed(collection).length;
    for (const index of chosen) store.catalog.dropIndex(collection, index);
    return { nIndexesWas, ok: 1 };
  }),

  listIndexes: command('cursor', (fields, { cursors, ns, collection }) => {
    ensure(collection, 26, `ns does not exist: ${ns}`);
    const specs = listed(collection).map(({ document }) => document);
    return { cursor: cursors.first(ns, specs, { size: batchSizeIn(fields) }), ok: 1 };
  }),
};

/** The indexes that clients see: all but the first one, which lists the whole collection. */
export const listed = ({ indexes }: Collection): readonly Index[] => indexes.slice(1);

/**
 * Says whether an index exists. That on `_id` may have any name.
 * @throws Refusal 85 or 86 when another index has its name or its key, 238 as the README says
 */
function exists(collection: Collection, spec: IndexSpec): boolean {
  if (spec.fields.length === 1 && spec.fields[0]?.name === '_id') return true;
  const named = listed(collection).find(({ name }) => name === spec.name);
  if (named) {
    ensure(hasSameEntries(named, spec), 86, `The index ${spec.name} is another one`);
    const same = sameValue(named.document, spec.document);
    ensure(same, 85, `The index ${spec.name} has other options`);
    return true;
  }
  for (const other of listed(collection)) {
    const why = `The index exists with a different name: ${other.name}`;
    ensure(!hasSameEntries(other, spec), 85, why);
    if (sameValue(other.key, spec.key)) throw unsupported('A second index on the same key');
  }
  return false;
}

/** True for two indexes that hold the same entries in the same way, as MongoDB compares them. */
const hasSameEntries = (a: IndexSpec, b: IndexSpec): boolean =>
  ['key', 'unique', 'sparse', 'partialFilterExpression'].every((option) =>
    sameValue(a.document.get(option), b.document.get(option)),
  );

function build(store: Store, collection: Collection, spec: IndexSpec): void {
  const index = store.catalog.createIndex(collection, spec);
  for (const { rec, value } of find(store, collection, byFilter(new Map(), {})))
    store.index([index], rec, null, value);
}

/**
 * Finds the indexes that are meant by a name, a list of names, a key, or `*` for all but that on
 * `_id`.
 * @throws Refusal 14, 27 when there is no such index, 72 for the index on `_id`
 */
function indexesToDrop(collection: Collection, wanted: Value): readonly Index[] {
  const [, ...others] = listed(collection);
  if (wanted === '*') return others;
  const names = isArray(wanted) ? wanted : [wanted];
  const right = names.every((one) => typeof one === 'string') || isDoc(wanted);
  ensure(right, 14, "BSON field 'dropIndexes.index' must be a string, an object or names");
  return [...new Set(names)].map((one) => {
    const index = listed(collection).find(
      ({ name, key }) => name === one || (isDoc(one) && sameValue(key, one)),
    );
    ensure(index, 27, `index not found: ${show(one)}`);
    ensure(index.name !== '_id_', 72, 'cannot drop _id index');
    return index;
  });
}
