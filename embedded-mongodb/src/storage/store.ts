import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import { Catalog, type Collection, type Index } from './catalog.js';
import { decode, encode, MAX_DOCUMENT_BYTES } from '../values/codec.js';
import { type IndexKey, indexKeys } from '../values/paths.js';
import type { KeyRange } from './planner.js';
import { ensure, Refusal } from '../values/refusal.js';
import { type Doc, show } from '../values/values.js';

/** What is selected of an entry: its key, and its document's number in the file and bytes. */
type Entry = Readonly<{ key: Uint8Array; rec: number; doc: Uint8Array }>;

/** All tables, whatever the collections: making and dropping one changes rows and not the schema. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS indexes(
    id INTEGER PRIMARY KEY AUTOINCREMENT, ns TEXT NOT NULL, spec BLOB NOT NULL,
    multikey INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS docs(rec INTEGER PRIMARY KEY, doc BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS entries(
    idx INTEGER NOT NULL, key BLOB NOT NULL, rec INTEGER NOT NULL,
    PRIMARY KEY(idx, key, rec)) WITHOUT ROWID;`;
/** What is read at once, where an entry counts as its document and as `ENTRY_BYTES` besides. */
const [CHUNK_BYTES, ENTRY_BYTES] = [2 ** 20, 2 ** 14];

/** Documents and index entries in one SQLite file, always changed together. */
export class Store {
  catalog = new Catalog(this);
  /** When the command that reads has to have ended, in milliseconds since 1970. */
  deadline = Infinity;
  /** How many entries and documents were read: `explain` shows it. */
  effort = { keys: 0, docs: 0 };
  private readonly statements = new Map<string, StatementSyncInstance>();
  private depth = 0;

  /** Takes over an open connection that owns the file. */
  constructor(private readonly db: DatabaseSyncInstance) {
    db.exec(SCHEMA);
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
      // It is read again when it is asked for.
      this.catalog = new Catalog(this);
      throw error;
    } finally {
      this.depth--;
    }
  }

  /**
   * Stores a new document (without `rec` and `before`), a changed one, or none (without `after`).
   * @throws Refusal 11000, 10334, 171, and as `decode` for what could not be read again
   */
  write({ indexes }: Collection, rec: number | null, before: Doc | null, after: Doc | null): void {
    let place = rec;
    if (after) {
      const bytes = encode(after, MAX_DOCUMENT_BYTES);
      decode(bytes);
      const done = this.sql('INSERT OR REPLACE INTO docs(rec, doc) VALUES(?, ?)').run(rec, bytes);
      place = Number(done.lastInsertRowid);
    } else this.sql('DELETE FROM docs WHERE rec = ?').run(rec);
    this.index(indexes, place ?? 0, before, after);
  }

  /** Makes the entries of some indexes follow a document that was, is now, or both. */
  index(indexes: readonly Index[], rec: number, before: Doc | null, after: Doc | null): void {
    for (const index of indexes) {
      const [old, now] = [entriesOf(index, before), entriesOf(index, after)];
      const gone = this.sql('DELETE FROM entries WHERE idx = ? AND key = ? AND rec = ?');
      for (const [key] of old) if (!now.has(key)) gone.run(index.id, bytesOf(key), rec);
      for (const [key, values] of now) if (!old.has(key)) this.addEntry(index, rec, key, values);
      const multikey = this.sql('UPDATE indexes SET multikey = 1 WHERE id = ?');
      if (now.size > 1 && !index.multikey) multikey.run(index.id);
      index.multikey ||= now.size > 1;
    }
  }

  /**
   * The documents of a stretch of an index. Between two of them the file may change: the reading
   * goes on from the place of the last one, as in MongoDB.
   * @throws Refusal 50 past the deadline, 175 when the index is gone
   */
  *entries({ index, low, high }: KeyRange, reverse: boolean): Iterable<Entry> {
    const [start, end] = (reverse ? [high, low] : [low, high]).map(bytesOf);
    const [after, bound, order] = reverse ? ['<', '>=', 'DESC'] : ['>', '<', 'ASC'];
    const next = this.sql(
      `SELECT e.key, e.rec, d.doc FROM entries e CROSS JOIN docs d ON d.rec = e.rec
       WHERE e.idx = ? AND (e.key, e.rec) ${after} (?, ?) AND e.key ${bound} ?
       ORDER BY e.key ${order}, e.rec ${order}`,
    );
    let [last, room]: [Entry | undefined, number] = [undefined, 0];
    while (room <= 0) {
      ensure(Date.now() <= this.deadline, 50, 'operation exceeded time limit');
      const there = this.catalog.all.get(index.ns)?.indexes.some(({ id }) => id === index.id);
      ensure(there, 175, 'the collection or the index was dropped');
      const rows: Entry[] = [];
      room = CHUNK_BYTES;
      for (const row of next.iterate(index.id, last?.key ?? start, last?.rec ?? -1, end)) {
        last = row as Entry;
        rows.push(last);
        room -= last.doc.length + ENTRY_BYTES;
        if (room <= 0) break;
      }
      yield* rows;
    }
  }

  /** The bytes of a document that is there. */
  row(rec: number): Uint8Array {
    return (this.sql('SELECT doc FROM docs WHERE rec = ?').get(rec) as Entry).doc;
  }

  /** How many documents a collection has: a count is always one row. */
  count({ indexes }: Collection): number {
    const counted = this.sql('SELECT count(*) AS n FROM entries WHERE idx = ?');
    return (counted.get(indexes[0]?.id ?? 0) as { n: number }).n;
  }

  private addEntry(index: Index, rec: number, key: string, values: IndexKey): void {
    const { id, ns, name: indexName, unique, fields } = index;
    const bytes = bytesOf(key);
    if (unique && this.sql('SELECT 1 FROM entries WHERE idx = ? AND key = ?').get(id, bytes)) {
      const keyValue = new Map(fields.map(({ name }, i) => [name, values[i] ?? null]));
      const where = `collection: ${ns} index: ${indexName} dup key: ${show(keyValue)}`;
      const extra = { keyPattern: index.key, keyValue };
      throw new Refusal(11000, `E11000 duplicate key error ${where}`, extra);
    }
    this.sql('INSERT INTO entries(idx, key, rec) VALUES(?, ?, ?)').run(id, bytes, rec);
  }
}

const bytesOf = (key: string): Buffer => Buffer.from(key, 'latin1');

const entriesOf = ({ covers, fields }: Index, doc: Doc | null): Map<string, IndexKey> =>
  doc && covers(doc) ? indexKeys(fields, doc) : new Map();
