import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import { Catalog, type Collection, type Index } from './catalog.js';
import { numberOf, SCHEMA, SPAN, sqliteCode } from './schema.js';
import { indexKeys, type IndexKey } from './index-keys.js';
import { MongoFailure } from './mongo-failure.js';
import { type Doc, encode, MAX_DOCUMENT_BYTES, show, type Value } from './values.js';

/** A stored document: its number in the file and its bytes. */
export interface Row {
  readonly rec: number;
  readonly doc: Uint8Array;
}

/** A stretch of an index, from `low` up to but without `high`. */
export interface KeyRange {
  readonly index: Index;
  readonly low: Buffer;
  readonly high: Buffer;
}

/** SQLite's code for a row that is there already. */
const CONSTRAINT_PRIMARY_KEY = 1555;

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
    let statement = this.statements.get(text);
    if (!statement) this.statements.set(text, (statement = this.db.prepare(text)));
    return statement;
  }

  /** Does all of `work` or nothing; the outermost call is on disk when it returns. */
  atomic<T>(work: () => T): T {
    const point = `p${this.depth}`;
    this.db.exec(this.depth === 0 ? 'BEGIN IMMEDIATE' : `SAVEPOINT ${point}`);
    this.depth++;
    try {
      const result = work();
      this.db.exec(this.depth === 1 ? 'COMMIT' : `RELEASE ${point}`);
      if (this.depth === 1) this.catalog.settle();
      return result;
    } catch (error) {
      // A full disk makes SQLite roll back all by itself.
      if (this.db.isTransaction)
        this.db.exec(this.depth === 1 ? 'ROLLBACK' : `ROLLBACK TO ${point}; RELEASE ${point}`);
      this.catalog.forget();
      throw error;
    } finally {
      this.depth--;
    }
  }

  /** Stores a new document. @throws MongoFailure 11000, 10334 or 171 */
  insert(collection: Collection, doc: Doc): void {
    const bytes = encode(doc, MAX_DOCUMENT_BYTES);
    const rec = this.catalog.nextRec(collection);
    this.sql('INSERT INTO docs(rec, doc) VALUES(?, ?)').run(rec, bytes);
    for (const index of collection.indexes)
      this.addEntries(collection, index, rec, doc, entriesOf(index, doc));
  }

  /** Stores a document in the place of another. @throws as `insert` */
  replace(collection: Collection, rec: number, before: Doc, after: Doc): void {
    const bytes = encode(after, MAX_DOCUMENT_BYTES);
    this.sql('UPDATE docs SET doc = ? WHERE rec = ?').run(bytes, rec);
    for (const index of collection.indexes) {
      const old = entriesOf(index, before);
      const now = entriesOf(index, after);
      this.removeEntries(
        index,
        rec,
        old.filter((key) => !hasKey(now, key)),
      );
      this.addEntries(
        collection,
        index,
        rec,
        after,
        now.filter((key) => !hasKey(old, key)),
        now.length,
      );
    }
  }

  /** Removes a document and its entries. */
  remove(collection: Collection, rec: number, doc: Doc): void {
    this.sql('DELETE FROM docs WHERE rec = ?').run(rec);
    for (const index of collection.indexes) this.removeEntries(index, rec, entriesOf(index, doc));
  }

  /** Makes the entries of a document in an index that is being built. */
  addEntries(
    collection: Collection,
    index: Index,
    rec: number,
    doc: Doc,
    keys = entriesOf(index, doc),
    total = keys.length,
  ): void {
    const insert = this.sql(`INSERT INTO ${tableOf(index)}(idx, key, rec) VALUES(?, ?, ?)`);
    for (const key of keys)
      try {
        insert.run(index.id, key.bytes, rec);
      } catch (error) {
        throw sqliteCode(error) === CONSTRAINT_PRIMARY_KEY
          ? duplicateKey(collection, index, key)
          : error;
      }
    if (total > 1 && !index.multikey) this.catalog.markMultikey(index);
  }

  /** The next documents of a collection in the order in which they were inserted. */
  rows(collection: Collection, after: number, limit: number): Row[] {
    return rowsOf(
      this.sql('SELECT rec, doc FROM docs WHERE rec > ? AND rec < ? ORDER BY rec LIMIT ?').all(
        Math.max(after, collection.id * SPAN - 1),
        (collection.id + 1) * SPAN,
        limit,
      ),
    );
  }

  /** The next documents of a stretch of an index, after the last one that was read. */
  entries(
    range: KeyRange,
    last: (Row & { key: Uint8Array }) | null,
    reverse: boolean,
    limit: number,
  ): (Row & { key: Uint8Array })[] {
    const { index, low, high } = range;
    const [from, to] = reverse ? [high, low] : [low, high];
    const [after, bound, order] = reverse ? ['<', '>=', 'DESC'] : ['>', '<', 'ASC'];
    const statement = this.sql(
      `SELECT e.key, e.rec, d.doc FROM ${tableOf(index)} e CROSS JOIN docs d ON d.rec = e.rec
       WHERE e.idx = ? AND (e.key, e.rec) ${after} (?, ?) AND e.key ${bound} ?
       ORDER BY e.key ${order}, e.rec ${order} LIMIT ?`,
    );
    // The rows have the columns that the statement names.
    return statement.all(index.id, last?.key ?? from, last?.rec ?? -1, to, limit) as (Row & {
      key: Uint8Array;
    })[];
  }

  /** The bytes of one document; `undefined` when it is gone. */
  row(rec: number): Uint8Array | undefined {
    // The statement selects this column.
    const row = this.sql('SELECT doc FROM docs WHERE rec = ?').get(rec) as
      { doc: Uint8Array } | undefined;
    return row?.doc;
  }

  /** How many documents a collection has. */
  count(collection: Collection): number {
    const from = collection.id * SPAN;
    return numberOf(
      this.sql('SELECT count(*) AS n FROM docs WHERE rec >= ? AND rec < ?').get(from, from + SPAN),
    );
  }

  /** Removes everything that a collection or one index of it has. */
  erase(collection: Collection, index: Index | null): void {
    for (const one of index ? [index] : collection.indexes)
      this.sql(`DELETE FROM ${tableOf(one)} WHERE idx = ?`).run(one.id);
    const from = collection.id * SPAN;
    if (!index) this.sql('DELETE FROM docs WHERE rec >= ? AND rec < ?').run(from, from + SPAN);
  }

  private removeEntries(index: Index, rec: number, keys: readonly IndexKey[]): void {
    const remove = this.sql(`DELETE FROM ${tableOf(index)} WHERE idx = ? AND key = ? AND rec = ?`);
    for (const key of keys) remove.run(index.id, key.bytes, rec);
  }
}

const tableOf = (index: Index): string => (index.spec.unique ? 'unique_entries' : 'entries');

const hasKey = (keys: readonly IndexKey[], key: IndexKey): boolean =>
  keys.some((one) => one.bytes.equals(key.bytes));

function entriesOf(index: Index, doc: Doc): IndexKey[] {
  return index.spec.covers(doc) ? indexKeys(index.spec.fields, doc) : [];
}

function rowsOf(rows: unknown): Row[] {
  // The only caller selects exactly these columns.
  return rows as Row[];
}

function duplicateKey(collection: Collection, index: Index, key: IndexKey): MongoFailure {
  const names = [...index.spec.key.keys()];
  const keyValue = new Map<string, Value>(names.map((name, i) => [name, key.values[i] ?? null]));
  return new MongoFailure(
    11000,
    `E11000 duplicate key error collection: ${collection.db}.${collection.name} index: ${index.spec.name} dup key: ${show(keyValue)}`,
    { keyPattern: index.spec.key, keyValue },
  );
}
