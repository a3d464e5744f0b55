import { Long } from 'bson';
import { randomBytes } from 'node:crypto';
import { MongoFailure } from './mongo-failure.js';
import { Batch } from './wire.js';

interface Cursor {
  readonly namespace: string;
  readonly documents: Iterator<Uint8Array>;
  /** Read already, but it did not fit the last batch. */
  held: Uint8Array | null;
  usedAt: number;
}

/** MongoDB's default for the first batch, and its limit on the bytes of any. */
const FIRST_BATCH = 101;
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
/** MongoDB's default: an idle cursor ends after ten minutes. */
const IDLE_MS = 10 * 60_000;
/** Each cursor may hold a sorted result; a client that forgets them must not fill the memory. */
const MAX_CURSORS = 500;

/** Answers that are handed out batch by batch. */
export class Cursors {
  private readonly open = new Map<string, Cursor>();

  /** The first batch, and a cursor if there is more. @param size - `null` for the default */
  first(
    namespace: string,
    documents: Iterable<Uint8Array>,
    size: number | null,
    single: boolean,
  ): Batch {
    const cursor: Cursor = {
      namespace,
      documents: documents[Symbol.iterator](),
      held: null,
      usedAt: Date.now(),
    };
    const batch = fill(cursor, size ?? FIRST_BATCH);
    // An empty batch was asked for to open a cursor, whatever there is to find.
    const more = !single && (cursor.held !== null || size === 0);
    return new Batch('firstBatch', batch, more ? this.keep(cursor) : Long.ZERO, namespace);
  }

  /** The next batch. @throws MongoFailure 43 when there is no such cursor, 13 for one of another collection */
  next(id: string, namespace: string, size: number | null): Batch {
    const cursor = this.open.get(id);
    if (!cursor) throw new MongoFailure(43, `cursor id ${id} not found`);
    if (cursor.namespace !== namespace)
      throw new MongoFailure(
        13,
        `Requested getMore on namespace '${namespace}', but cursor belongs to ${cursor.namespace}`,
      );
    cursor.usedAt = Date.now();
    try {
      const batch = fill(cursor, size === null || size === 0 ? Infinity : size);
      if (!cursor.held) this.open.delete(id);
      return new Batch(
        'nextBatch',
        batch,
        cursor.held ? Long.fromString(id) : Long.ZERO,
        namespace,
      );
    } catch (error) {
      this.open.delete(id);
      throw error;
    }
  }

  /** Ends a cursor and says whether there was one. */
  kill(id: string): boolean {
    return this.open.delete(id);
  }

  /** Ends the cursors that nobody has used for ten minutes. */
  expire(now = Date.now()): void {
    for (const [id, cursor] of this.open) if (now - cursor.usedAt > IDLE_MS) this.open.delete(id);
  }

  private keep(cursor: Cursor): Long {
    if (this.open.size >= MAX_CURSORS)
      throw new MongoFailure(
        1,
        `Too many open cursors (${MAX_CURSORS}); close some or read them to the end`,
      );
    // Positive: a driver takes 0 for the end.
    const id = Long.fromBigInt(randomBytes(8).readBigUInt64BE() >> 1n);
    this.open.set(id.toString(), cursor);
    return id;
  }
}

function fill(cursor: Cursor, size: number): Uint8Array[] {
  const batch: Uint8Array[] = [];
  let bytes = 0;
  if (size === 0) return batch;
  for (;;) {
    const document = cursor.held ?? pull(cursor);
    cursor.held = null;
    if (!document) return batch;
    const full =
      batch.length >= size || (batch.length > 0 && bytes + document.length > MAX_BATCH_BYTES);
    if (full) {
      cursor.held = document;
      return batch;
    }
    batch.push(document);
    bytes += document.length;
  }
}

function pull(cursor: Cursor): Uint8Array | null {
  const next = cursor.documents.next();
  return next.done ? null : next.value;
}
