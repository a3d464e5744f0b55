import { Binary } from 'bson';
import { Args, checkFields, collectionName } from './args.js';
import type { Collection, Index } from './catalog.js';
import type { Context } from './commands.js';
import { readIndexSpec, type IndexSpec } from './index-spec.js';
import { sameValue } from './key-bytes.js';
import { compileFilter } from './matcher.js';
import { MongoFailure, unsupported } from './mongo-failure.js';
import { byFilter, find } from './query.js';
import { decode, type Doc, encode, show, type Value } from './values.js';
import type { Reply } from './wire.js';

export function createCommand({ store, db, command }: Context): Reply {
  const args = new Args(command, 'create', []);
  const name = collectionName(args.value('create'));
  if (store.catalog.find(db, name))
    throw new MongoFailure(48, `Collection ${db}.${name} already exists.`);
  store.atomic(() => store.catalog.create(db, name));
  return { ok: 1 };
}

export function createIndexesCommand({ store, db, command }: Context): Reply {
  const args = new Args(command, 'createIndexes', ['indexes', 'commitQuorum']);
  const name = collectionName(args.value('createIndexes'));
  const specs = args.documents('indexes').map(readIndexSpec);
  if (specs.length === 0) throw new MongoFailure(2, 'Must specify at least one index to create');
  return store.atomic(() => {
    const createdCollectionAutomatically = !store.catalog.find(db, name);
    const collection = store.catalog.ensure(db, name);
    const numIndexesBefore = collection.indexes.length;
    for (const spec of specs) if (!existing(collection, spec)) build(store, collection, spec);
    const numIndexesAfter = collection.indexes.length;
    const note = numIndexesAfter === numIndexesBefore ? { note: 'all indexes already exist' } : {};
    return { numIndexesBefore, numIndexesAfter, createdCollectionAutomatically, ...note, ok: 1 };
  });
}

function build(store: Context['store'], collection: Collection, spec: IndexSpec): void {
  const index = store.catalog.createIndex(collection, spec);
  // A scan of the whole collection: the new index is empty and must not be asked.
  for (const { rec, value } of find(store, { ...collection, indexes: [] }, byFilter(new Map())))
    store.addEntries(collection, index, rec, value);
}

/** True when the index is there; MongoDB refuses a second one that differs only in name or options. */
function existing(collection: Collection, spec: IndexSpec): boolean {
  if (spec.key.size === 1 && spec.key.has('_id')) return true;
  for (const { spec: old } of collection.indexes) {
    const sameKey = sameValue(old.key, spec.key);
    const same = sameKey && sameValue(withoutName(old), withoutName(spec));
    if (old.name === spec.name) {
      if (same) return true;
      if (sameKey)
        throw new MongoFailure(
          85,
          `An equivalent index already exists with the same name but different options: ${spec.name}`,
        );
      throw new MongoFailure(
        86,
        `An existing index has the same name as the requested index: ${spec.name}, but another key`,
      );
    }
    const distinct =
      old.unique !== spec.unique || old.sparse !== spec.sparse || !samePartial(old, spec);
    if (sameKey && !distinct)
      throw new MongoFailure(85, `Index already exists with a different name: ${old.name}`);
  }
  return false;
}

function withoutName({ document }: IndexSpec): Doc {
  return new Map(
    [...document].filter(([name]) => name !== 'name').toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function samePartial(a: IndexSpec, b: IndexSpec): boolean {
  const name = 'partialFilterExpression';
  return sameValue(a.document.get(name), b.document.get(name));
}

export function listIndexesCommand({ store, cursors, db, command }: Context): Reply {
  const args = new Args(command, 'listIndexes', ['cursor']);
  const collection = present(store, db, collectionName(args.value('listIndexes')));
  const size = new Args(args.document('cursor'), 'cursor', ['batchSize']).count('batchSize');
  const documents = collection.indexes.map(({ spec }) => encode(listed(spec)));
  return { cursor: cursors.first(`${db}.${collection.name}`, documents, size, false), ok: 1 };
}

/** MongoDB says of the index on `_id` nothing but its key, though it is unique. */
function listed({ document, name }: IndexSpec): Doc {
  if (name !== '_id_') return document;
  return new Map([...document].filter(([option]) => option !== 'unique'));
}

export function dropIndexesCommand({ store, db, command }: Context): Reply {
  const args = new Args(command, 'dropIndexes', ['index']);
  const name = collectionName(args.value('dropIndexes'));
  return store.atomic(() => {
    const collection = present(store, db, name);
    const nIndexesWas = collection.indexes.length;
    for (const index of chosen(collection, args.value('index') ?? null))
      store.catalog.dropIndex(collection, index);
    return { nIndexesWas, ok: 1 };
  });
}

function chosen(collection: Collection, wanted: Value): Index[] {
  if (wanted === '*') return collection.indexes.filter(({ spec }) => spec.name !== '_id_');
  const names = Array.isArray(wanted) ? wanted : [wanted];
  return names.map((name) => {
    const index = collection.indexes.find(({ spec }) =>
      name instanceof Map ? sameValue(spec.key, name) : spec.name === name,
    );
    if (!index) throw new MongoFailure(27, `index not found with name [${show(name)}]`);
    if (index.spec.name === '_id_') throw new MongoFailure(72, 'cannot drop _id index');
    return index;
  });
}

export function dropCommand({ store, db, command }: Context): Reply {
  const args = new Args(command, 'drop', []);
  const name = collectionName(args.value('drop'));
  const collection = store.catalog.find(db, name);
  // MongoDB 7 answers a drop of what isn't there with success.
  if (!collection) return { ok: 1 };
  const nIndexesWas = collection.indexes.length;
  store.atomic(() => store.catalog.drop(collection));
  return { nIndexesWas, ns: `${db}.${name}`, ok: 1 };
}

export function dropDatabaseCommand({ store, db, command }: Context): Reply {
  checkFields(command, 'dropDatabase');
  const collections = store.catalog.collections(db);
  if (collections.length === 0) return { ok: 1 };
  store.atomic(() => {
    for (const collection of collections) store.catalog.drop(collection);
  });
  return { dropped: db, ok: 1 };
}

export function listCollectionsCommand({ store, cursors, db, command }: Context): Reply {
  const args = new Args(command, 'listCollections', [
    'filter',
    'nameOnly',
    'authorizedCollections',
    'cursor',
  ]);
  const size = new Args(args.document('cursor'), 'cursor', ['batchSize']).count('batchSize');
  const matches = compileFilter(args.document('filter'));
  const nameOnly = args.flag('nameOnly');
  const documents = store.catalog.collections(db).flatMap((collection) => {
    const info = encode(describe(collection));
    if (!matches(decode(info))) return [];
    return [nameOnly ? encode({ name: collection.name, type: 'collection' }) : info];
  });
  return { cursor: cursors.first(`${db}.$cmd.listCollections`, documents, size, false), ok: 1 };
}

function describe({ name, uuid }: Collection): Record<string, unknown> {
  return {
    name,
    type: 'collection',
    options: {},
    info: { readOnly: false, uuid: new Binary(uuid, Binary.SUBTYPE_UUID) },
    idIndex: { v: 2, key: { _id: 1 }, name: '_id_' },
  };
}

export function listDatabasesCommand({ store, db, command }: Context): Reply {
  const args = new Args(command, 'listDatabases', ['filter', 'nameOnly', 'authorizedDatabases']);
  if (db !== 'admin')
    throw new MongoFailure(13, 'listDatabases may only be run against the admin database.');
  const matches = compileFilter(args.document('filter'));
  if (args.value('authorizedDatabases') === false) throw unsupported('authorizedDatabases: false');
  const names = store.catalog.databaseNames().filter((name) => matches(new Map([['name', name]])));
  return {
    databases: names.map((name) => ({ name, sizeOnDisk: 0, empty: false })),
    totalSize: 0,
    ok: 1,
  };
}

function present(store: Context['store'], db: string, name: string): Collection {
  const collection = store.catalog.find(db, name);
  if (!collection) throw new MongoFailure(26, `ns does not exist: ${db}.${name}`);
  return collection;
}
