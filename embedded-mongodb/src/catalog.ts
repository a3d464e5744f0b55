import { decode, encode } from './codec.js';
import { type IndexSpec, readIndexSpec } from './index-spec.js';
import { ensure } from './refusal.js';
import type { Store } from './store.js';

/** A collection, by its `db.name`. */
export interface Collection {
  readonly ns: string;
  /** The first is one on nothing, in the order of insertion; the second that on `_id`. */
  readonly indexes: Index[];
}

/** An index of a collection; multikey as soon as one document has two entries. */
export interface Index {
  readonly id: number;
  readonly ns: string;
  readonly spec: IndexSpec;
  multikey: boolean;
}

/** An index in the file. */
type Row = Readonly<{ id: number; ns: string; spec: Uint8Array; multikey: number }>;

/** A database's name and a collection's, as long as MongoDB allows where all signs take a byte. */
const NAMESPACE = /^[^\0/\\. "$]{1,63}\.(?!\.|system\.)[^\0$]{0,190}[^\0$.]$/;
/** MongoDB's limit on the indexes of a collection. */
const MAX_INDEXES = 64;
const NATURAL = decode(encode({ key: {}, name: '$natural' }));
const ID = decode(encode({ key: { _id: 1 }, name: '_id_' }));

/** Which collections and indexes there are: in the file, and remembered once they were read. */
export class Catalog {
  private known: Map<string, Collection> | null = null;

  constructor(private readonly store: Store) {}

  /** All collections by their `db.name`. */
  get all(): Map<string, Collection> {
    if (this.known) return this.known;
    const known = new Map<string, Collection>();
    for (const row of this.store.sql('SELECT * FROM indexes ORDER BY id').all()) {
      // The columns of the table.
      const { id, ns, spec, multikey } = row as unknown as Row;
      const index = { id, ns, spec: readIndexSpec(decode(spec)), multikey: multikey === 1 };
      known.set(ns, { ns, indexes: [...(known.get(ns)?.indexes ?? []), index] });
    }
    return (this.known = known);
  }

  /** The collections of a database. */
  of(db: string): Collection[] {
    return [...this.all.values()].filter(({ ns }) => ns.startsWith(`${db}.`));
  }

  /** The collection of this name, made if missing. @throws Refusal 73 for an impossible name */
  ensure(ns: string): Collection {
    const found = this.all.get(ns);
    if (found) return found;
    ensure(NAMESPACE.test(ns), 73, `Invalid collection name: '${ns}'`);
    const collection = { ns, indexes: [] };
    this.all.set(ns, collection);
    for (const spec of [NATURAL, ID]) this.createIndex(collection, readIndexSpec(spec));
    return collection;
  }

  drop(collection: Collection): void {
    const documents = 'DELETE FROM docs WHERE rec IN (SELECT rec FROM entries WHERE idx = ?)';
    this.store.sql(documents).run(collection.indexes[0]?.id ?? 0);
    for (const index of collection.indexes.slice()) this.dropIndex(collection, index);
    this.all.delete(collection.ns);
  }

  /** Adds an index without entries; the caller fills it. */
  createIndex({ ns, indexes }: Collection, spec: IndexSpec): Index {
    ensure(indexes.length <= MAX_INDEXES, 67, `add index fails, too many indexes for ${ns}`);
    const insert = this.store.sql('INSERT INTO indexes(ns, spec) VALUES(?, ?)');
    const id = Number(insert.run(ns, encode(spec.document)).lastInsertRowid);
    const index = { id, ns, spec, multikey: false };
    indexes.push(index);
    return index;
  }

  dropIndex({ indexes }: Collection, index: Index): void {
    this.store.sql('DELETE FROM entries WHERE idx = ?').run(index.id);
    this.store.sql('DELETE FROM indexes WHERE id = ?').run(index.id);
    indexes.splice(indexes.indexOf(index), 1);
  }

  markMultikey(index: Index): void {
    if (index.multikey) return;
    this.store.sql('UPDATE indexes SET multikey = 1 WHERE id = ?').run(index.id);
    index.multikey = true;
  }
}
