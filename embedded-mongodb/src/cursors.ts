import { Long } from 'bson';
import { randomBytes } from 'node:crypto';
import { Refusal } from './refusal.js';
import type { Value } from './values.js';
import { Batch } from './wire.js';

interface Cursor {
  readonly id: Long;
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
    single = false,
  ): Batch {
    const cursor: Cursor = {
      // Positive, and not zero: a driver takes that for the end.
      id: Long.fromBigInt((randomBytes(8).readBigUInt64BE() >> 1n) | 1n),
      namespace,
      documents: documents[Symbol.iterator](),
      held: null,
      usedAt: Date.now(),
    };
    const batch = fill(cursor, size ?? FIRST_BATCH);
    // An empty batch was asked for to open a cursor, whatever there is to find.
    const more = !single && (cursor.held !== null || size === 0);
    if (more && this.open.size >= MAX_CURSORS)
      throw new Refusal(
        1,
        `Too many open cursors (${MAX_CURSORS}); close some or read them to the end`,
      );
    if (more) this.open.set(String(cursor.id), cursor);
    return new Batch('firstBatch', batch, more ? cursor.id : Long.ZERO, namespace);
  }

  /** The next batch. @throws Refusal 43 when there is no such cursor, 13 for one of another collection */
  next(id: Value | undefined, namespace: string, size: number | null): Batch {
    const cursor = this.open.get(String(id));
    if (!cursor) throw new Refusal(43, `cursor id ${String(id)} not found`);
    if (cursor.namespace !== namespace)
      throw new Refusal(13, `The cursor belongs to ${cursor.namespace} and not to ${namespace}`);
    cursor.usedAt = Date.now();
    // It ends here unless this batch is read without an error and something is left.
    this.open.delete(String(id));
    const batch = fill(cursor, size || Infinity);
    if (cursor.held) this.open.set(String(id), cursor);
    return new Batch('nextBatch', batch, cursor.held ? cursor.id : Long.ZERO, namespace);
  }

  /** Ends a cursor and says whether there was one. */
  kill(id: Value): boolean {
    return this.open.delete(String(id));
  }

  /** Ends the cursors that nobody has used for ten minutes. */
  expire(now = Date.now()): void {
    for (const [id, cursor] of this.open) if (now - cursor.usedAt > IDLE_MS) this.open.delete(id);
  }
}

function fill(cursor: Cursor, size: number): Uint8Array[] {
  const batch: Uint8Array[] = [];
  let bytes = 0;
  if (size === 0) return batch;
  for (;;) {
    const next = cursor.held ?? cursor.documents.next().value;
    cursor.held = null;
    if (!next) return batch;
    bytes += next.length;
    if (batch.length >= size || (batch.length > 0 && bytes > MAX_BATCH_BYTES)) {
      cursor.held = next;
      return batch;
    }
    batch.push(next);
  }
}
