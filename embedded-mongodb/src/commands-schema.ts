import type { Collection } from './catalog.js';
import { decode, encode } from './codec.js';
import { collectionName, type Command, type Context, reading, writing } from './command.js';
import { any, cursorOption, document, documents, type Fields, flag, text } from './fields.js';
import { readIndexSpec, type IndexSpec } from './index-spec.js';
import { sameValue } from './key-bytes.js';
import { compileFilter } from './matcher.js';
import { byFilter, find } from './query.js';
import { Refusal } from './refusal.js';
import type { Store } from './store.js';
import type { Doc } from './values.js';
import type { Reply } from './wire.js';

const LIST_COLLECTIONS = {
  filter: document,
  nameOnly: flag,
  authorizedCollections: any,
  cursor: cursorOption,
};

/** The commands on collections, indexes and databases. */
export const SCHEMA_COMMANDS: readonly [string, Command][] = [
  ['create', writing({}, create)],
  ['drop', writing({}, drop)],
  ['dropDatabase', writing({}, dropDatabase)],
  ['createIndexes', writing({ indexes: documents }, createIndexes)],
  ['dropIndexes', writing({ index: text }, dropIndexes)],
  ['listIndexes', reading({ cursor: cursorOption }, listIndexes)],
  ['listCollections', reading(LIST_COLLECTIONS, listCollections)],
  ['listDatabases', reading({ nameOnly: any }, listDatabases)],
];

function create(_fields: unknown, context: Context): Reply {
  const { catalog } = context.store;
  const name = collectionName(context);
  if (catalog.find(context.db, name)) throw new Refusal(48, `Collection ${name} already exists.`);
  catalog.ensure(context.db, name);
  return { ok: 1 };
}

function drop(_fields: unknown, context: Context): Reply {
  const collection = context.store.catalog.find(context.db, collectionName(context));
  // MongoDB 7 answers a drop of what isn't there with success.
  if (collection) context.store.catalog.drop(collection);
  return { ok: 1 };
}

function dropDatabase(_fields: unknown, { store, db }: Context): Reply {
  for (const collection of store.catalog.collections(db)) store.catalog.drop(collection);
  return { dropped: db, ok: 1 };
}

function createIndexes({ indexes }: { indexes: readonly Doc[] }, context: Context): Reply {
  const { store, db } = context;
  const name = collectionName(context);
  const specs = indexes.map(readIndexSpec);
  if (specs.length === 0) throw new Refusal(2, 'Must specify at least one index to create');
  const createdCollectionAutomatically = !store.catalog.find(db, name);
  const numIndexesBefore = store.catalog.ensure(db, name).indexes.length;
  for (const spec of specs) {
    const collection = store.catalog.ensure(db, name);
    if (!exists(collection, spec)) build(store, collection, spec);
  }
  const numIndexesAfter = store.catalog.ensure(db, name).indexes.length;
  const note = numIndexesAfter === numIndexesBefore ? { note: 'all indexes already exist' } : {};
  return { numIndexesBefore, numIndexesAfter, createdCollectionAutomatically, ...note, ok: 1 };
}

function build(store: Store, collection: Collection, spec: IndexSpec): void {
  // Asked for before the new index is there, which is empty and must not answer.
  const all = find(store, collection, byFilter(new Map()));
  const index = store.catalog.createIndex(collection, spec);
  for (const { rec, value } of all) store.changeEntries(collection, [index], rec, null, value);
}

/** True when the index is there; a second one on the same key, or of the same name, is refused. */
function exists(collection: Collection, spec: IndexSpec): boolean {
  if (spec.key.size === 1 && spec.key.has('_id')) return true;
  for (const { spec: old } of collection.indexes) {
    if (sameValue(old.document, spec.document)) return true;
    if (sameValue(old.key, spec.key))
      throw new Refusal(85, `The index ${old.name} has the same key and another name or options`);
    if (old.name === spec.name) throw new Refusal(86, `The index ${old.name} has another key`);
  }
  return false;
}

function dropIndexes({ index: wanted }: { index: string }, context: Context): Reply {
  const { catalog } = context.store;
  const { indexes } = catalog.present(context.db, collectionName(context));
  if (wanted === '_id_') throw new Refusal(72, 'cannot drop _id index');
  const chosen = indexes.filter(({ spec: { name } }) =>
    wanted === '*' ? name !== '_id_' : name === wanted,
  );
  if (wanted !== '*' && chosen.length === 0) throw new Refusal(27, `index not found: ${wanted}`);
  for (const index of chosen) catalog.dropIndex(index);
  return { nIndexesWas: indexes.length, ok: 1 };
}

function listIndexes({ cursor }: { cursor: number | null }, context: Context): Reply {
  const { store, cursors, db } = context;
  const { name, indexes } = store.catalog.present(db, collectionName(context));
  const specs = indexes.map(({ spec }) => listed(spec));
  return { cursor: cursors.first(`${db}.${name}`, specs, cursor), ok: 1 };
}

/** MongoDB says of the index on `_id` nothing but its key, though it is unique. */
const listed = ({ document: spec, name }: IndexSpec): Doc =>
  new Map([...spec].filter(([option]) => name !== '_id_' || option !== 'unique'));

function listCollections(fields: Fields<typeof LIST_COLLECTIONS>, context: Context): Reply {
  const { store, cursors, db } = context;
  const matches = compileFilter(fields.filter);
  const all = store.catalog.collections(db).map(({ name }) => {
    const short = { name, type: 'collection' };
    const idIndex = { v: 2, key: { _id: 1 }, name: '_id_' };
    const long = { ...short, options: {}, info: { readOnly: false }, idIndex };
    return decode(encode(fields.nameOnly ? short : long));
  });
  return {
    cursor: cursors.first(`${db}.$cmd.listCollections`, all.filter(matches), fields.cursor),
    ok: 1,
  };
}

function listDatabases(_fields: unknown, { store, db }: Context): Reply {
  if (db !== 'admin') throw new Refusal(13, 'listDatabases may only be run against admin.');
  const names = store.catalog.databases();
  const databases = names.map((name) => ({ name, sizeOnDisk: 0, empty: false }));
  return { databases, totalSize: 0, ok: 1 };
}
