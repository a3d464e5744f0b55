import { Int32 } from 'bson';
import { badValue, MongoFailure } from './mongo-failure.js';
import { readIndexSpec, type IndexSpec } from './index-spec.js';
import { newUuid, numberOf, SPAN } from './schema.js';
import type { Store } from './store.js';
import { decode, encode, type Value } from './values.js';

/** A collection with its indexes; the one on `_id` comes first. */
export interface Collection {
  readonly id: number;
  readonly db: string;
  readonly name: string;
  readonly uuid: Uint8Array;
  indexes: Index[];
  next: number | null;
}

/** An index of a collection; multikey as soon as one document has two entries. */
export interface Index {
  readonly id: number;
  readonly spec: IndexSpec;
  multikey: boolean;
}

interface CollectionRow {
  id: number;
  db: string;
  name: string;
  uuid: Uint8Array;
}
interface IndexRow {
  id: number;
  collection: number;
  spec: Uint8Array;
  multikey: number;
}

/** MongoDB's limit on the bytes of `db.collection`. */
const MAX_NAMESPACE_BYTES = 255;
/** MongoDB's limit on the indexes of a collection. */
const MAX_INDEXES = 64;

/** Which collections and indexes there are: in memory for reading, in the file for keeping. */
export class Catalog {
  private databases = new Map<string, Map<string, Collection>>();
  /** True while the memory is ahead of the last commit. */
  private changed = false;

  constructor(private readonly store: Store) {
    this.load();
  }

  /** After a commit: the memory says what the file says. */
  settle(): void {
    this.changed = false;
  }

  /** After a rollback: reads everything again if the memory may know what is not there. */
  forget(): void {
    if (this.changed) this.load();
  }

  databaseNames(): string[] {
    return [...this.databases.keys()].toSorted();
  }

  collections(db: string): Collection[] {
    return [...(this.databases.get(db)?.values() ?? [])];
  }

  find(db: string, name: string): Collection | undefined {
    return this.databases.get(db)?.get(name);
  }

  /** The collection of this name, made if missing. @throws MongoFailure 73 for an impossible name */
  ensure(db: string, name: string): Collection {
    return this.find(db, name) ?? this.create(db, name);
  }

  create(db: string, name: string): Collection {
    this.changed = true;
    checkName(db, name);
    const uuid = newUuid();
    const made = this.store
      .sql('INSERT INTO collections(db, name, uuid) VALUES(?, ?, ?)')
      .run(db, name, uuid);
    const collection: Collection = {
      id: Number(made.lastInsertRowid),
      db,
      name,
      uuid,
      indexes: [],
      next: 0,
    };
    this.keep(collection);
    const key = new Map<string, Value>([['_id', new Int32(1)]]);
    this.createIndex(
      collection,
      readIndexSpec(
        new Map<string, Value>([
          ['key', key],
          ['name', '_id_'],
          ['unique', true],
        ]),
      ),
    );
    return collection;
  }

  drop(collection: Collection): void {
    this.changed = true;
    this.store.erase(collection, null);
    this.store.sql('DELETE FROM indexes WHERE collection = ?').run(collection.id);
    this.store.sql('DELETE FROM collections WHERE id = ?').run(collection.id);
    const rest = this.databases.get(collection.db);
    rest?.delete(collection.name);
    if (rest?.size === 0) this.databases.delete(collection.db);
  }

  /** Adds an index without entries; the caller fills it. */
  createIndex(collection: Collection, spec: IndexSpec): Index {
    this.changed = true;
    if (collection.indexes.length >= MAX_INDEXES)
      throw new MongoFailure(67, `add index fails, too many indexes for ${collection.name}`);
    const made = this.store
      .sql('INSERT INTO indexes(collection, spec) VALUES(?, ?)')
      .run(collection.id, encode(spec.document));
    const index = { id: Number(made.lastInsertRowid), spec, multikey: false };
    collection.indexes.push(index);
    return index;
  }

  dropIndex(collection: Collection, index: Index): void {
    this.changed = true;
    this.store.erase(collection, index);
    this.store.sql('DELETE FROM indexes WHERE id = ?').run(index.id);
    collection.indexes = collection.indexes.filter((one) => one !== index);
  }

  markMultikey(index: Index): void {
    this.changed = true;
    this.store.sql('UPDATE indexes SET multikey = 1 WHERE id = ?').run(index.id);
    index.multikey = true;
  }

  /** The number for a new document of the collection. */
  nextRec(collection: Collection): number {
    const from = collection.id * SPAN;
    collection.next ??=
      numberOf(
        this.store
          .sql('SELECT coalesce(max(rec), -1) AS n FROM docs WHERE rec >= ? AND rec < ?')
          .get(from, from + SPAN),
      ) +
      1 -
      from;
    if (collection.next < 0) collection.next = 0;
    return from + collection.next++;
  }

  private load(): void {
    this.databases = new Map();
    const byId = new Map<number, Collection>();
    // The statements name the columns of these types.
    const rows = this.store
      .sql('SELECT id, db, name, uuid FROM collections ORDER BY id')
      .all() as CollectionRow[];
    for (const { id, db, name, uuid } of rows) {
      const collection: Collection = { id, db, name, uuid, indexes: [], next: null };
      byId.set(id, collection);
      this.keep(collection);
    }
    const indexes = this.store
      .sql('SELECT id, collection, spec, multikey FROM indexes ORDER BY id')
      .all() as IndexRow[];
    for (const row of indexes)
      byId
        .get(row.collection)
        ?.indexes.push({ id: row.id, spec: readStored(row.spec), multikey: row.multikey === 1 });
  }

  private keep(collection: Collection): void {
    const known = this.databases.get(collection.db) ?? new Map<string, Collection>();
    this.databases.set(collection.db, known.set(collection.name, collection));
  }
}

function readStored(bytes: Uint8Array): IndexSpec {
  return readIndexSpec(decode(bytes));
}

function checkName(db: string, name: string): void {
  if (db === '' || /[\0/\\. "$]/.test(db) || Buffer.byteLength(db) > 63)
    throw new MongoFailure(73, `Invalid database name: '${db}'`);
  if (
    name === '' ||
    /[\0$]/.test(name) ||
    name.startsWith('.') ||
    name.endsWith('.') ||
    name.startsWith('system.')
  )
    throw new MongoFailure(73, `Invalid collection name: '${name}'`);
  if (Buffer.byteLength(`${db}.${name}`) > MAX_NAMESPACE_BYTES)
    throw badValue('The name of the collection is too long');
}
