import { byFilter } from '../queries/query.js';
import { compileFilter } from '../queries/filter.js';
import type { Collection, Index } from '../storage/catalog.js';
import { find } from '../storage/find.js';
import { type IndexSpec, readIndexSpec } from '../storage/index-spec.js';
import { decode, encode } from '../values/codec.js';
import { sameValue } from '../values/keys.js';
import { ensure } from '../values/refusal.js';
import { command } from './command.js';

/** The commands on collections, indexes and databases. */
export const SCHEMA_COMMANDS = {
  create: command('', (_fields, { store, ns }) => {
    // MongoDB accepts an existing collection when the options are equal, and there are none here.
    store.catalog.ensure(ns);
    return { ok: 1 };
  }),

  drop: command('', (_fields, { store, collection }) => {
    // MongoDB 7 answers with success when there is no such collection.
    if (collection) store.catalog.drop(collection);
    return { ok: 1 };
  }),

  dropDatabase: command('', (_fields, { store, db }) => {
    for (const collection of store.catalog.of(db)) store.catalog.drop(collection);
    return { dropped: db, ok: 1 };
  }),

  createIndexes: command('indexes', (fields, { store, ns }) => {
    const specs = fields.documents('indexes').map(readIndexSpec);
    ensure(specs.length > 0, 2, 'Must specify at least one index to create');
    ensure(!specs.some(({ key }) => key.size === 0), 67, 'Index keys cannot be an empty object.');
    const collection = store.catalog.ensure(ns);
    for (const spec of specs) {
      if (exists(collection, spec)) continue;
      const index = store.catalog.createIndex(collection, spec);
      for (const { rec, value } of find(store, collection, byFilter(new Map(), {})))
        store.index([index], rec, null, value);
    }
    return { numIndexesAfter: listed(collection).length, ok: 1 };
  }),

  dropIndexes: command('index', (fields, { store, ns, collection }) => {
    const wanted = fields.text('index');
    ensure(collection, 26, `ns not found ${ns}`);
    ensure(wanted !== '_id_', 72, 'cannot drop _id index');
    const [, ...indexes] = listed(collection);
    const chosen = indexes.filter(({ name }) => wanted === '*' || name === wanted);
    ensure(wanted === '*' || chosen.length > 0, 27, `index not found: ${wanted}`);
    for (const index of chosen) store.catalog.dropIndex(collection, index);
    return { nIndexesWas: indexes.length + 1, ok: 1 };
  }),

  listIndexes: command('cursor', (fields, { cursors, ns, collection }) => {
    ensure(collection, 26, `ns does not exist: ${ns}`);
    const specs = listed(collection).map(({ document }) => document);
    return { cursor: cursors.first(ns, specs, fields.batchSize()), ok: 1 };
  }),

  listCollections: command('filter nameOnly authorizedCollections cursor', (fields, context) => {
    const { store, cursors, db } = context;
    const all = store.catalog.of(db).map(({ ns }) => {
      const short = { name: ns.slice(db.length + 1), type: 'collection' };
      const idIndex = { v: 2, key: { _id: 1 }, name: '_id_' };
      const long = { ...short, options: {}, info: { readOnly: false }, idIndex };
      return decode(encode(fields.flag('nameOnly') ? short : long));
    });
    const chosen = all.filter(compileFilter(fields.document('filter')));
    const cursor = cursors.first(`${db}.$cmd.listCollections`, chosen, fields.batchSize());
    return { cursor, ok: 1 };
  }),

  listDatabases: command('nameOnly', (_fields, { store, db }) => {
    ensure(db === 'admin', 13, 'listDatabases may only be run against admin.');
    const names = new Set([...store.catalog.all.keys()].map((ns) => ns.replace(/\..*/s, '')));
    const databases = [...names].map((name) => ({ name, sizeOnDisk: 0, empty: false }));
    return { databases, totalSize: 0, ok: 1 };
  }),
};

/** The indexes that clients see: all but the first one, which lists the whole collection. */
const listed = ({ indexes }: Collection): readonly Index[] => indexes.slice(1);

/** True when the index exists; that on `_id` may have any name. @throws Refusal 85, 86 for a conflict */
function exists(collection: Collection, spec: IndexSpec): boolean {
  for (const old of listed(collection)) {
    const [same, sameKey] = [sameValue(old.document, spec.document), sameValue(old.key, spec.key)];
    if (same || (sameKey && old.name === '_id_' && spec.document.size === 3)) return true;
    ensure(!sameKey, 85, `The index ${old.name} has the same key`);
    ensure(old.name !== spec.name, 86, `The index ${old.name} has another key`);
  }
  return false;
}
