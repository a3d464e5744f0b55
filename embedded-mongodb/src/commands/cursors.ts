import { calculateObjectSize, Long } from 'bson';
import { randomInt } from 'node:crypto';
import { ensure } from '../values/refusal.js';
import type { Doc } from '../values/values.js';

/** A part of an answer, and whether more follows. */
type Batch = Readonly<{ batch: readonly Doc[]; more: boolean }>;
interface Cursor {
  readonly id: Long;
  readonly ns: string;
  /** Gives the next batch, of at most as many documents as the number that it is resumed with. */
  readonly batches: Generator<Batch, Batch, number>;
  readonly isValid: () => boolean;
  readonly idleMs: number;
  usedAt: number;
}

/** How an answer is handed out. */
export interface BatchOptions {
  /** How many documents the first batch has; 101 when it is `null`. */
  readonly size: number | null;
  /** True when the client wants the first batch and no cursor. */
  readonly single?: boolean;
  /** True for a cursor that the client reads slowly. */
  readonly patient?: boolean;
  /** False once the answer may not be read on. */
  readonly isValid?: () => boolean;
}

/** MongoDB's default for the first batch, and its limit on the bytes of any. */
const FIRST_BATCH = 101;
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
/** What an element of an array takes besides its value, at most. */
export const PLACE_BYTES = 16;
/** MongoDB's default time after which an idle cursor ends. */
const IDLE_MS = 10 * 60_000;
/** A cursor without that limit ends with its session, which MongoDB keeps half an hour. */
const PATIENT_MS = 30 * 60_000;
/** A cursor can hold a sorted answer: a client that leaves cursors open must not fill the memory. */
const MAX_CURSORS = 500;
const END: Batch = { batch: [], more: false };

/** The open cursors: answers that clients read batch by batch. */
export class Cursors {
  private readonly open = new Map<string, Cursor>();

  /**
   * Makes a cursor and gives the `cursor` of the reply with its first batch. The id is 0 when
   * nothing is left, or when the client wants a single batch.
   * @throws Refusal 1 when too many cursors are open
   */
  first(ns: string, found: Iterable<Doc>, options: BatchOptions): object {
    const { size, single = false, patient = false, isValid = () => true } = options;
    // Never zero, by which a driver knows the end.
    const id = Long.fromNumber(randomInt(1, 2 ** 48 - 1));
    const idleMs = patient ? PATIENT_MS : IDLE_MS;
    const batches = batchesOf(found, size ?? FIRST_BATCH);
    const cursor = { id, ns, batches, isValid, idleMs, usedAt: 0 };
    const { batch, more } = batches.next(0).value;
    if (single) batches.return(END);
    return { id: more && !single ? this.keep(cursor) : Long.ZERO, ns, firstBatch: batch };
  }

  /**
   * Gives the `cursor` of a reply with the next batch.
   * @throws Refusal 43 without a cursor, 13 for another collection, 175 when the collection is gone
   */
  next(id: Long, ns: string, size: number | null): object {
    const cursor = this.open.get(id.toString());
    ensure(cursor, 43, `cursor id ${id.toString()} not found`);
    ensure(cursor.ns === ns, 13, `The cursor belongs to ${cursor.ns}, not to ${ns}`);
    const valid = cursor.isValid();
    if (!valid) this.kill(id);
    ensure(valid, 175, 'the collection was dropped');
    // A cursor whose reading fails is gone, so it comes back only after its batch was read.
    this.open.delete(id.toString());
    const { batch, more } = cursor.batches.next(size || Infinity).value;
    return { id: more ? this.keep(cursor) : Long.ZERO, ns, nextBatch: batch };
  }

  /** Ends a cursor. @returns whether it was open */
  kill(id: Long): boolean {
    this.open.get(id.toString())?.batches.return(END);
    return this.open.delete(id.toString());
  }

  /** Ends the cursors that were not used for their time. */
  expire(now = Date.now()): void {
    for (const { id, usedAt, idleMs } of this.open.values())
      if (now - usedAt > idleMs) this.kill(id);
  }

  private keep(cursor: Cursor): Long {
    const fits = this.open.size < MAX_CURSORS;
    if (!fits) cursor.batches.return(END);
    ensure(fits, 1, 'Too many open cursors; read some to the end');
    cursor.usedAt = Date.now();
    this.open.set(cursor.id.toString(), cursor);
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
