import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import { Catalog, type Collection, type Index, SPAN } from './catalog.js';
import { encode, MAX_DOCUMENT_BYTES } from './codec.js';
import { indexKeys, type IndexKey } from './index-keys.js';
import type { KeyRange } from './planner.js';
import { Refusal } from './refusal.js';
import { type Doc, show, type Value } from './values.js';

/** A stored document: its number in the file and its bytes. */
export interface Row {
  readonly rec: number;
  readonly doc: Uint8Array;
}

/** A document as an index has it. */
export interface Entry extends Row {
  readonly key: Uint8Array;
}

/** All tables, whatever the collections: making and dropping one changes rows and not the schema. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS collections(
    id INTEGER PRIMARY KEY AUTOINCREMENT, db TEXT NOT NULL, name TEXT NOT NULL, UNIQUE(db, name));
  CREATE TABLE IF NOT EXISTS indexes(
    id INTEGER PRIMARY KEY AUTOINCREMENT, collection INTEGER NOT NULL, spec BLOB NOT NULL,
    multikey INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS docs(rec INTEGER PRIMARY KEY, doc BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS entries(
    idx INTEGER NOT NULL, key BLOB NOT NULL, rec INTEGER NOT NULL,
    PRIMARY KEY(idx, key, rec)) WITHOUT ROWID;`;

/** Documents and index entries in one SQLite file, always changed together. */
export class Store {
  readonly catalog: Catalog;
  private readonly statements = new Map<string, StatementSyncInstance>();
  private depth = 0;

  /** Takes over an open connection that owns the file. */
  constructor(private readonly db: DatabaseSyncInstance) {
    db.exec(SCHEMA);
    this.catalog = new Catalog(this);
  }

  close(): void {
    this.db.close();
  }

  /** Prepares a statement once. */
  sql(text: string): StatementSyncInstance {
    const statement = this.statements.get(text) ?? this.db.prepare(text);
    this.statements.set(text, statement);
    return statement;
  }

  /** Does all of `work` or nothing; the outermost call is on disk when it returns. */
  atomic<T>(work: () => T): T {
    const [begin, end, undo] =
      this.depth === 0
        ? ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK']
        : ['SAVEPOINT p', 'RELEASE p', 'ROLLBACK TO p; RELEASE p'];
    this.db.exec(begin);
    this.depth++;
    try {
      const result = work();
      this.db.exec(end);
      return result;
    } catch (error) {
      // A full disk makes SQLite roll back all by itself.
      if (this.db.isTransaction) this.db.exec(undo);
      this.catalog.forget();
      throw error;
    } finally {
      this.depth--;
    }
  }

  /** Stores a new document. @throws Refusal 11000, 10334 or 171 */
  insert(collection: Collection, doc: Doc): void {
    const bytes = encode(doc, MAX_DOCUMENT_BYTES);
    const from = collection.id * SPAN;
    const { lastInsertRowid } = this.sql(
      `INSERT INTO docs(rec, doc) VALUES(coalesce(
         (SELECT rec + 1 FROM docs WHERE rec >= ? AND rec < ? ORDER BY rec DESC LIMIT 1), ?), ?)`,
    ).run(from, from + SPAN, from, bytes);
    this.changeEntries(collection, collection.indexes, Number(lastInsertRowid), null, doc);
  }

  /** Stores a document in the place of another. @throws as `insert` */
  replace(collection: Collection, rec: number, before: Doc, after: Doc): void {
    const bytes = encode(after, MAX_DOCUMENT_BYTES);
    this.sql('UPDATE docs SET doc = ? WHERE rec = ?').run(bytes, rec);
    this.changeEntries(collection, collection.indexes, rec, before, after);
  }

  /** Removes a document and its entries. */
  remove(collection: Collection, rec: number, doc: Doc): void {
    this.sql('DELETE FROM docs WHERE rec = ?').run(rec);
    this.changeEntries(collection, collection.indexes, rec, doc, null);
  }

  /** Makes the entries of some indexes follow a document that was, is now, or both. */
  changeEntries(
    collection: Collection,
    indexes: readonly Index[],
    rec: number,
    before: Doc | null,
    after: Doc | null,
  ): void {
    for (const index of indexes) {
      const [old, now] = [entriesOf(index, before), entriesOf(index, after)];
      for (const [id, { bytes }] of old)
        if (!now.has(id))
          this.sql('DELETE FROM entries WHERE idx = ? AND key = ? AND rec = ?').run(
            index.id,
            bytes,
            rec,
          );
      for (const [id, key] of now) if (!old.has(id)) this.addEntry(collection, index, rec, key);
      if (now.size > 1) this.catalog.markMultikey(index);
    }
  }

  /** The next documents of a collection in the order in which they were inserted. */
  rows(collection: Collection, last: Row | null, limit: number): Row[] {
    const from = collection.id * SPAN;
    // The rows have the columns that the statement names; so they have below.
    return this.sql('SELECT rec, doc FROM docs WHERE rec > ? AND rec < ? ORDER BY rec LIMIT ?').all(
      last?.rec ?? from - 1,
      from + SPAN,
      limit,
    ) as Row[];
  }

  /** The next documents of a stretch of an index, after the last one that was read. */
  entries(range: KeyRange, last: Entry | null, reverse: boolean, limit: number): Entry[] {
    const { index, low, high } = range;
    const [from, to] = reverse ? [high, low] : [low, high];
    const [after, bound, order] = reverse ? ['<', '>=', 'DESC'] : ['>', '<', 'ASC'];
    return this.sql(
      `SELECT e.key, e.rec, d.doc FROM entries e CROSS JOIN docs d ON d.rec = e.rec
       WHERE e.idx = ? AND (e.key, e.rec) ${after} (?, ?) AND e.key ${bound} ?
       ORDER BY e.key ${order}, e.rec ${order} LIMIT ?`,
    ).all(index.id, last?.key ?? from, last?.rec ?? -1, to, limit) as Entry[];
  }

  /** The bytes of a document that is there. */
  row(rec: number): Uint8Array {
    return (this.sql('SELECT doc FROM docs WHERE rec = ?').get(rec) as Row).doc;
  }

  /** How many documents a collection has. */
  count(collection: Collection): number {
    const from = collection.id * SPAN;
    const row = this.sql('SELECT count(*) AS n FROM docs WHERE rec >= ? AND rec < ?');
    return (row.get(from, from + SPAN) as { n: number }).n;
  }

  private addEntry(collection: Collection, index: Index, rec: number, key: IndexKey): void {
    const same = this.sql('SELECT 1 FROM entries WHERE idx = ? AND key = ?');
    if (index.spec.unique && same.get(index.id, key.bytes))
      throw duplicateKey(collection, index, key);
    this.sql('INSERT INTO entries(idx, key, rec) VALUES(?, ?, ?)').run(index.id, key.bytes, rec);
  }
}

function entriesOf({ spec }: Index, doc: Doc | null): Map<string, IndexKey> {
  return doc && spec.covers(doc) ? indexKeys(spec.fields, doc) : new Map();
}

function duplicateKey({ db, name }: Collection, { spec }: Index, key: IndexKey): Refusal {
  const keyValue = new Map<string, Value>(
    spec.fields.map((field, i) => [field.name, key.values[i] ?? null]),
  );
  return new Refusal(
    11000,
    `E11000 duplicate key error collection: ${db}.${name} index: ${spec.name} dup key: ${show(keyValue)}`,
    { keyPattern: spec.key, keyValue },
  );
}
