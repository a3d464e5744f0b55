import { type IndexKey, indexKeys } from '../queries/key-fields.js';
import { checkReadable, encode, MAX_DOCUMENT_BYTES } from '../values/codec.js';
import { ensure, Refusal } from '../values/refusal.js';
import { type Doc, show } from '../values/values.js';
import { Catalog, type Collection, idOf, type Index, type KeyRange } from './catalog.js';
import type { DataFile } from './file.js';

/** An entry of an index with its document: the document's number in the file, and its bytes. */
type Entry = Readonly<{ key: Uint8Array; rec: number; doc: Uint8Array }>;

/** Documents are read in chunks of this size, in which each one counts `ENTRY_BYTES` more. */
const [CHUNK_BYTES, ENTRY_BYTES] = [2 ** 20, 2 ** 14];

/** Selects the next entries of a stretch with their documents: of an index, behind an entry, up to a bound. */
const selectNext = (after: string, bound: string, order: string): string =>
  `SELECT e.key, e.rec, d.doc FROM entries e CROSS JOIN docs d ON d.rec = e.rec
   WHERE e.idx = ? AND (e.key, e.rec) ${after} (?, ?) AND e.key ${bound} ?
   ORDER BY e.key ${order}, e.rec ${order}`;
const FORWARDS = selectNext('>', '<', 'ASC');
const BACKWARDS = selectNext('<', '>=', 'DESC');

/** The documents of a file with their index entries, which always change together. */
export class Store {
  catalog: Catalog;
  /** The end of the running command's time, in milliseconds since 1970. */
  deadline = Infinity;
  /** How many entries and documents were read, for `explain`. */
  effort = { keys: 0, docs: 0 };

  constructor(readonly file: DataFile) {
    this.catalog = new Catalog(file);
  }

  close(): void {
    this.file.close();
  }

  /** Does all of `work`, or undoes it when it throws, as `DataFile.atomic` says. */
  atomic<T>(work: () => T): T {
    try {
      return this.file.atomic(work);
    } catch (error) {
      // The undo may have changed collections and indexes: they are read from the file again.
      this.catalog = new Catalog(this.file);
      throw error;
    }
  }

  /**
   * Inserts a document (`rec` and `before` are null), changes one, or removes one (`after` is null).
   * @throws Refusal 11000, 10334, 171, and as `checkReadable`
   */
  write({ indexes }: Collection, rec: number | null, before: Doc | null, after: Doc | null): void {
    let place = rec;
    if (after) {
      checkReadable(after, before);
      const bytes = encode(after, MAX_DOCUMENT_BYTES);
      if (rec === null) {
        const insert = this.file.sql('INSERT INTO docs(doc) VALUES(?)');
        place = Number(insert.run(bytes).lastInsertRowid);
      } else this.file.sql('UPDATE docs SET doc = ? WHERE rec = ?').run(bytes, rec);
    } else this.file.sql('DELETE FROM docs WHERE rec = ?').run(rec);
    this.index(indexes, place ?? 0, before, after);
  }

  /** Replaces the entries of the document `before` by those of the document `after`. */
  index(indexes: readonly Index[], rec: number, before: Doc | null, after: Doc | null): void {
    for (const index of indexes) {
      if (before && after && isSameIn(index, before, after)) continue;
      const [old, now] = [entriesOf(index, before), entriesOf(index, after)];
      const remove = this.file.sql('DELETE FROM entries WHERE idx = ? AND key = ? AND rec = ?');
      for (const [key] of old) if (!now.has(key)) remove.run(index.id, bytesOf(key), rec);
      for (const [key, values] of now) if (!old.has(key)) this.addEntry(index, rec, key, values);
      if (now.size > 1) this.catalog.markMultikey(index);
    }
  }

  /**
   * Reads the documents of a stretch of an index. The file may change between two of them: the
   * reading goes on behind the last entry, as in MongoDB.
   * @throws Refusal 50 past the deadline, 175 when the index is gone
   */
  *entries({ index, low, high }: KeyRange, reverse: boolean): Iterable<Entry> {
    const [start, end] = reverse ? [high, low] : [low, high];
    const bound = bytesOf(end);
    const next = this.file.sql(reverse ? BACKWARDS : FORWARDS);
    // The first entry is read alone: most look-ups need no other, and an iterator costs more.
    this.checkReading(index);
    let last = next.get(index.id, bytesOf(start), -1, bound) as Entry | undefined;
    if (last) yield last;
    for (let room = 0; last && room <= 0;) {
      this.checkReading(index);
      const rows: Entry[] = [];
      room = CHUNK_BYTES;
      for (const row of next.iterate(index.id, last.key, last.rec, bound)) {
        last = row as Entry;
        rows.push(last);
        room -= last.doc.length + ENTRY_BYTES;
        if (room <= 0) break;
      }
      yield* rows;
    }
  }

  /** The bytes of a document, which has to be there. */
  row(rec: number): Uint8Array {
    return (this.file.sql('SELECT doc FROM docs WHERE rec = ?').get(rec) as Entry).doc;
  }

  /** How many documents a collection has. */
  count(collection: Collection): number {
    const counted = this.file.sql('SELECT count(*) AS n FROM entries WHERE idx = ?');
    // A count is always one row.
    return (counted.get(idOf(collection)) as { n: number }).n;
  }

  /** @throws Refusal as `entries` */
  private checkReading({ id, ns }: Index): void {
    ensure(Date.now() <= this.deadline, 50, 'operation exceeded time limit');
    const there = this.catalog.all.get(ns)?.indexes.some((index) => index.id === id);
    ensure(there, 175, 'the collection or the index was dropped');
  }

  private addEntry(index: Index, rec: number, key: string, values: IndexKey): void {
    const { id, ns, name: indexName, unique, fields } = index;
    const bytes = bytesOf(key);
    const holder = 'SELECT 1 FROM entries WHERE idx = ? AND key = ?';
    if (unique && this.file.sql(holder).get(id, bytes)) {
      const keyValue = new Map(fields.map(({ name }, i) => [name, values[i] ?? null]));
      const where = `collection: ${ns} index: ${indexName} dup key: ${show(keyValue)}`;
      const extra = { keyPattern: index.key, keyValue };
      throw new Refusal(11000, `E11000 duplicate key error ${where}`, extra);
    }
    this.file.sql('INSERT INTO entries(idx, key, rec) VALUES(?, ?, ?)').run(id, bytes, rec);
  }
}

const bytesOf = (key: string): Buffer => Buffer.from(key, 'latin1');

/** True when an update has left alone all that an index looks at: what it doesn't change stays the same object. */
const isSameIn = ({ roots }: Index, before: Doc, after: Doc): boolean =>
  roots.every((root) => before.get(root) === after.get(root));

const entriesOf = ({ covers, fields }: Index, doc: Doc | null): Map<string, IndexKey> =>
  doc && covers(doc) ? indexKeys(fields, doc) : new Map();
