import { Int32 } from 'bson';
import { decode, encode } from './codec.js';
import { readIndexSpec, type IndexSpec } from './index-spec.js';
import { Refusal } from './refusal.js';
import type { Store } from './store.js';
import type { Doc, Value } from './values.js';

/** A collection with its indexes; the one on `_id` comes first. */
export interface Collection {
  readonly id: number;
  readonly db: string;
  readonly name: string;
  readonly indexes: readonly Index[];
}

/** An index of a collection; multikey as soon as one document has two entries. */
export interface Index {
  readonly id: number;
  readonly spec: IndexSpec;
  multikey: boolean;
}

interface IndexRow {
  readonly id: number;
  readonly spec: Uint8Array;
  readonly multikey: number;
}

/** Documents of a collection have the numbers from `id * SPAN` on; safe integers leave room for 2^21 ids. */
export const SPAN = 2 ** 32;
/** MongoDB's limits on the bytes of `db.collection`, and on the indexes of a collection. */
const MAX_NAMESPACE_BYTES = 255;
const MAX_INDEXES = 64;
const ID_INDEX: Doc = new Map<string, Value>([
  ['key', new Map([['_id', new Int32(1)]])],
  ['name', '_id_'],
  ['unique', true],
]);

/** Which collections and indexes there are: in the file, and remembered once they were read. */
export class Catalog {
  private readonly known = new Map<string, Collection>();

  constructor(private readonly store: Store) {}

  /** Reads everything again when it is asked for: after a change of the catalog and a rollback. */
  forget(): void {
    this.known.clear();
  }

  databases(): string[] {
    const rows = this.store.sql('SELECT DISTINCT db FROM collections ORDER BY db').all();
    return (rows as { db: string }[]).map(({ db }) => db);
  }

  collections(db: string): Collection[] {
    const rows = this.store.sql('SELECT name FROM collections WHERE db = ? ORDER BY id').all(db);
    return (rows as { name: string }[]).flatMap(({ name }) => this.find(db, name) ?? []);
  }

  find(db: string, name: string): Collection | undefined {
    // A name has no zero byte, or it would not have been stored.
    const known = this.known.get(`${db}\0${name}`);
    if (known) return known;
    const found = this.store
      .sql('SELECT id FROM collections WHERE db = ? AND name = ?')
      .get(db, name);
    if (!found) return undefined;
    const { id } = found as { id: number };
    const rows = this.store
      .sql('SELECT id, spec, multikey FROM indexes WHERE collection = ? ORDER BY id')
      .all(id) as IndexRow[];
    const indexes = rows.map((row) => ({
      id: row.id,
      spec: readIndexSpec(decode(row.spec)),
      multikey: row.multikey === 1,
    }));
    const collection = { id, db, name, indexes };
    this.known.set(`${db}\0${name}`, collection);
    return collection;
  }

  /** The collection of this name, made if missing. @throws Refusal 73 for an impossible name */
  ensure(db: string, name: string): Collection {
    const found = this.find(db, name);
    if (found) return found;
    checkName(db, name);
    this.store.sql('INSERT INTO collections(db, name) VALUES(?, ?)').run(db, name);
    const made = this.present(db, name);
    this.createIndex(made, readIndexSpec(ID_INDEX));
    return this.present(db, name);
  }

  /** The collection of this name. @throws Refusal 26 when there is none */
  present(db: string, name: string): Collection {
    const found = this.find(db, name);
    if (!found) throw new Refusal(26, `ns does not exist: ${db}.${name}`);
    return found;
  }

  drop(collection: Collection): void {
    for (const index of collection.indexes) this.dropIndex(index);
    const from = collection.id * SPAN;
    this.store.sql('DELETE FROM docs WHERE rec >= ? AND rec < ?').run(from, from + SPAN);
    this.store.sql('DELETE FROM collections WHERE id = ?').run(collection.id);
    this.forget();
  }

  /** Adds an index without entries; the caller fills it. */
  createIndex(collection: Collection, spec: IndexSpec): Index {
    if (collection.indexes.length >= MAX_INDEXES)
      throw new Refusal(67, `add index fails, too many indexes for ${collection.name}`);
    const made = this.store
      .sql('INSERT INTO indexes(collection, spec) VALUES(?, ?)')
      .run(collection.id, encode(spec.document));
    this.forget();
    return { id: Number(made.lastInsertRowid), spec, multikey: false };
  }

  dropIndex(index: Index): void {
    this.store.sql('DELETE FROM entries WHERE idx = ?').run(index.id);
    this.store.sql('DELETE FROM indexes WHERE id = ?').run(index.id);
    this.forget();
  }

  markMultikey(index: Index): void {
    if (index.multikey) return;
    this.store.sql('UPDATE indexes SET multikey = 1 WHERE id = ?').run(index.id);
    index.multikey = true;
    this.forget();
  }
}

function checkName(db: string, name: string): void {
  const right =
    /^[^\0/\\. "$]{1,63}$/.test(db) &&
    /^(?!\.|system\.)[^\0$]*[^\0$.]$/.test(name) &&
    Buffer.byteLength(`${db}.${name}`) <= MAX_NAMESPACE_BYTES;
  if (!right) throw new Refusal(73, `Invalid collection name: '${db}.${name}'`);
}
