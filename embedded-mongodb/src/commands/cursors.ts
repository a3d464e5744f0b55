import { calculateObjectSize, Long } from 'bson';
import { randomInt } from 'node:crypto';
import { ensure } from '../values/refusal.js';
import { type Doc, show, type Value } from '../values/values.js';

/** A part of an answer, and whether more follows. */
type Batch = Readonly<{ batch: readonly Doc[]; more: boolean }>;
interface Cursor {
  readonly id: Long;
  readonly ns: string;
  /** Gives the next batch, of at most as many documents as the number that it is resumed with. */
  readonly batches: Generator<Batch, Batch, number>;
  usedAt: number;
}

/** MongoDB's default for the first batch, and its limit on the bytes of any. */
const FIRST_BATCH = 101;
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
/** What an element of an array takes besides its value, at most. */
export const PLACE_BYTES = 16;
/** MongoDB's default time after which an idle cursor ends. */
const IDLE_MS = 10 * 60_000;
/** A cursor can hold a sorted answer: a client that leaves cursors open must not fill the memory. */
const MAX_CURSORS = 500;
const END: Batch = { batch: [], more: false };

/** The open cursors: answers that clients read batch by batch. */
export class Cursors {
  private readonly open = new Map<string, Cursor>();

  /**
   * Makes a cursor and gives the `cursor` of the reply with its first batch, of `size` documents
   * or 101. The id is 0 when nothing is left, or when the client wants a `single` batch.
   * @throws Refusal 1 when too many cursors are open
   */
  first(ns: string, found: Iterable<Doc>, size: number | null, single = false): object {
    // Never zero, by which a driver knows the end.
    const id = Long.fromNumber(randomInt(1, 2 ** 48 - 1));
    const cursor = { id, ns, batches: batchesOf(found, size ?? FIRST_BATCH), usedAt: 0 };
    const { batch, more } = cursor.batches.next(0).value;
    if (single) cursor.batches.return(END);
    return { id: more && !single ? this.keep(cursor) : Long.ZERO, ns, firstBatch: batch };
  }

  /** Gives the `cursor` of a reply with the next batch. @throws Refusal 43 without a cursor, 13 for another collection */
  next(id: Value | undefined, ns: string, size: number | null): object {
    const cursor = this.open.get(show(id));
    ensure(cursor, 43, `cursor id ${show(id)} not found`);
    ensure(cursor.ns === ns, 13, `The cursor belongs to ${cursor.ns}, not to ${ns}`);
    // A cursor whose reading fails is gone, so it comes back only after its batch was read.
    this.open.delete(show(id));
    const { batch, more } = cursor.batches.next(size || Infinity).value;
    return { id: more ? this.keep(cursor) : Long.ZERO, ns, nextBatch: batch };
  }

  /** Ends a cursor. @returns whether it was open */
  kill(id: Value): boolean {
    this.open.get(show(id))?.batches.return(END);
    return this.open.delete(show(id));
  }

  /** Ends the cursors that were not used for ten minutes. */
  expire(now = Date.now()): void {
    for (const { id, usedAt } of this.open.values()) if (now - usedAt > IDLE_MS) this.kill(id);
  }

  private keep(cursor: Cursor): Long {
    const fits = this.open.size < MAX_CURSORS;
    if (!fits) cursor.batches.return(END);
    ensure(fits, 1, 'Too many open cursors; read some to the end');
    cursor.usedAt = Date.now();
    this.open.set(show(cursor.id), cursor);
    return cursor.id;
  }
}

function* batchesOf(docs: Iterable<Doc>, first: number): Cursor['batches'] {
  let [batch, size, room]: [Doc[], number, number] = [[], first, MAX_BATCH_BYTES];
  // A batch size of 0 only opens the cursor: nothing is read yet.
  if (first === 0) size = yield { batch, more: true };
  for (const doc of docs) {
    const bytes = calculateObjectSize(doc) + PLACE_BYTES;
    if (batch.length >= size || (bytes > room && batch.length > 0)) {
      size = yield { batch, more: true };
      [batch, room] = [[], MAX_BATCH_BYTES];
    }
    batch.push(doc);
    room -= bytes;
  }
  return { batch, more: false };
}
