import type { Interval } from '../queries/intervals.js';
import { decode, encode } from '../values/codec.js';
import { ensure } from '../values/refusal.js';
import type { DataFile } from './file.js';
import { type IndexSpec, readIndexSpec } from './index-spec.js';

/** A collection, named `db.name`. */
export interface Collection {
  readonly ns: string;
  /** The first is on no field and lists all documents as they were inserted; the second is on `_id`. */
  readonly indexes: Index[];
}

/** The number of a collection in the file, which no other collection ever gets. */
export const idOf = ({ indexes }: Collection): number => indexes[0]?.id ?? 0;

/** An index of a collection. It is multikey once a document has two entries in it. */
export type Index = IndexSpec & { readonly id: number; readonly ns: string; multikey: boolean };

/** A stretch of an index. */
export type KeyRange = Interval & Readonly<{ index: Index }>;

type Row = Readonly<{ id: number; ns: string; spec: Uint8Array; multikey: number }>;
/** `db.name`, within MongoDB's limits of 63 and 255 bytes if all characters take one byte. */
const NAMESPACE = /^[^\0/\\. "$]{1,63}\.(?!\.|system\.)[^\0$]{0,190}[^\0$.]$/;
/** MongoDB's limit on the indexes of a collection. */
const MAX_INDEXES = 64;
const NATURAL = decode(encode({ key: {}, name: '$natural' }));
const ID = decode(encode({ key: { _id: 1 }, name: '_id_' }));

/** The collections and indexes of a file, kept in memory after they were read once. */
export class Catalog {
  private known: Map<string, Collection> | null = null;

  constructor(private readonly file: DataFile) {}

  /** All collections by their `db.name`. */
  get all(): Map<string, Collection> {
    if (this.known) return this.known;
    const known = new Map<string, Collection>();
    for (const row of this.file.sql('SELECT * FROM indexes ORDER BY id').all()) {
      // These are the columns of the table.
      const { id, ns, spec, multikey } = row as unknown as Row;
      const index = { ...readIndexSpec(decode(spec)), id, ns, multikey: multikey === 1 };
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

  /** Removes a collection with its documents and indexes. */
  drop(collection: Collection): void {
    const documents = 'DELETE FROM docs WHERE rec IN (SELECT rec FROM entries WHERE idx = ?)';
    this.file.sql(documents).run(idOf(collection));
    for (const index of collection.indexes.slice()) this.dropIndex(collection, index);
    this.all.delete(collection.ns);
  }

  /** Adds an index without entries, which the caller has to add. @throws Refusal 67 for too many */
  createIndex({ ns, indexes }: Collection, spec: IndexSpec): Index {
    ensure(indexes.length <= MAX_INDEXES, 67, `add index fails, too many indexes for ${ns}`);
    const insert = this.file.sql('INSERT INTO indexes(ns, spec) VALUES(?, ?)');
    const id = Number(insert.run(ns, encode(spec.document)).lastInsertRowid);
    const index = { ...spec, id, ns, multikey: false };
    indexes.push(index);
    return index;
  }

  dropIndex({ indexes }: Collection, index: Index): void {
    this.file.sql('DELETE FROM entries WHERE idx = ?').run(index.id);
    this.file.sql('DELETE FROM indexes WHERE id = ?').run(index.id);
    indexes.splice(indexes.indexOf(index), 1);
  }

  /** Remembers that a document has several entries in an index. */
  markMultikey(index: Index): void {
    if (!index.multikey)
      this.file.sql('UPDATE indexes SET multikey = 1 WHERE id = ?').run(index.id);
    index.multikey = true;
  }
}
