import { Int32 } from 'bson';
import { type Collection, type Index, type IndexSpec, readIndexSpec } from './catalog.js';
import { decode, encode } from './codec.js';
import * as field from './command.js';
import { command } from './command.js';
import { sameValue } from './keys.js';
import { compileFilter } from './matcher.js';
import { byFilter, find } from './query.js';
import { ensure } from './refusal.js';
import type { Store } from './store.js';

const LIST_COLLECTIONS = {
  filter: field.document,
  nameOnly: field.flag,
  authorizedCollections: field.any,
  cursor: field.cursorOption,
};

/** The commands on collections, indexes and databases. */
export const SCHEMA_COMMANDS = {
  create: command({}, (_fields, { store, ns }) => {
    // One that is there is what was asked for: there are no options.
    store.catalog.ensure(ns);
    return { ok: 1 };
  }),

  drop: command({}, (_fields, { store, collection }) => {
    // MongoDB 7 answers a drop of what isn't there with success.
    if (collection) store.catalog.drop(collection);
    return { ok: 1 };
  }),

  dropDatabase: command({}, (_fields, { store, db }) => {
    for (const collection of store.catalog.of(db)) store.catalog.drop(collection);
    return { dropped: db, ok: 1 };
  }),

  createIndexes: command({ indexes: field.documents }, ({ indexes }, { store, ns }) => {
    const specs = indexes.map(readIndexSpec);
    ensure(specs.length > 0, 2, 'Must specify at least one index to create');
    const collection = store.catalog.ensure(ns);
    for (const spec of specs) if (!exists(collection, spec)) build(store, collection, spec);
    return { numIndexesAfter: listed(collection).length, ok: 1 };
  }),

  dropIndexes: command({ index: field.text }, ({ index: wanted }, { store, ns, collection }) => {
    ensure(collection, 26, `ns not found ${ns}`);
    ensure(wanted !== '_id_', 72, 'cannot drop _id index');
    const [, ...indexes] = listed(collection);
    const chosen = indexes.filter(({ spec: { name } }) => wanted === '*' || name === wanted);
    ensure(wanted === '*' || chosen.length > 0, 27, `index not found: ${wanted}`);
    for (const index of chosen) store.catalog.dropIndex(collection, index);
    return { nIndexesWas: indexes.length + 1, ok: 1 };
  }),

  listIndexes: command(
    { cursor: field.cursorOption },
    ({ cursor }, { cursors, ns, collection }) => {
      ensure(collection, 26, `ns does not exist: ${ns}`);
      const specs = listed(collection).map(({ spec }) => spec.document);
      return { cursor: cursors.first(ns, specs, cursor), ok: 1 };
    },
  ),

  listCollections: command(LIST_COLLECTIONS, (fields, { store, cursors, db }) => {
    const all = store.catalog.of(db).map(({ ns }) => {
      const name = ns.slice(db.length + 1);
      const short = { name, type: 'collection' };
      const idIndex = { v: 2, key: { _id: 1 }, name: '_id_' };
      const long = { ...short, options: {}, info: { readOnly: false }, idIndex };
      return decode(encode(fields.nameOnly ? short : long));
    });
    const chosen = all.filter(compileFilter(fields.filter));
    return { cursor: cursors.first(`${db}.$cmd.listCollections`, chosen, fields.cursor), ok: 1 };
  }),

  listDatabases: command({ nameOnly: field.any }, (_fields, { store, db }) => {
    ensure(db === 'admin', 13, 'listDatabases may only be run against admin.');
    const names = new Set([...store.catalog.all.keys()].map((ns) => ns.replace(/\..*/s, '')));
    const databases = [...names].map((name) => ({ name, sizeOnDisk: 0, empty: false }));
    return { databases, totalSize: 0, ok: 1 };
  }),
};

/** The indexes that clients know of. */
const listed = ({ indexes }: Collection): readonly Index[] => indexes.slice(1);

/**
 * True when the index is there, that on `_id` by any name; a second one on the same key, or of the
 * same name, is refused.
 */
function exists({ indexes }: Collection, spec: IndexSpec): boolean {
  const plain = spec.document.size === 3;
  if (plain && sameValue(spec.key, new Map([['_id', new Int32(1)]]))) return true;
  for (const { spec: old } of indexes) {
    if (sameValue(old.document, spec.document)) return true;
    ensure(!sameValue(old.key, spec.key), 85, `The index ${old.name} has the same key`);
    ensure(old.name !== spec.name, 86, `The index ${old.name} has another key`);
  }
  return false;
}

function build(store: Store, collection: Collection, spec: IndexSpec): void {
  const index = store.catalog.createIndex(collection, spec);
  for (const { rec, value } of find(store, collection, byFilter(new Map(), {})))
    store.index([index], rec, null, value);
}
