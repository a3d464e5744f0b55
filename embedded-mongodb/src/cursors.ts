import { calculateObjectSize, Long } from 'bson';
import { randomInt } from 'node:crypto';
import { ensure } from './refusal.js';
import { type Doc, show, type Value } from './values.js';

interface Cursor {
  readonly id: Long;
  readonly ns: string;
  readonly documents: Iterator<Doc>;
  /** Read already, but it did not fit the last batch. */
  held?: Doc | undefined;
  usedAt: number;
}

/** MongoDB's default for the first batch, and its limit on the bytes of any. */
const FIRST_BATCH = 101;
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
/** What a place in an array takes besides its value, at most. */
export const PLACE_BYTES = 16;
/** MongoDB's default: an idle cursor ends after ten minutes. */
const IDLE_MS = 10 * 60_000;
/** Each cursor may hold a sorted result; a client that forgets them must not fill the memory. */
const MAX_CURSORS = 500;

/** Answers that are handed out batch by batch. */
export class Cursors {
  private readonly open = new Map<string, Cursor>();

  /** What a reply says of a new cursor; its id is 0 when there is no more. `size` may be `null`. */
  first(ns: string, found: Iterable<Doc>, size: number | null, single = false): object {
    // Not zero: a driver takes that for the end.
    const id = Long.fromNumber(randomInt(1, 2 ** 48 - 1));
    const cursor: Cursor = { id, ns, documents: found[Symbol.iterator](), usedAt: Date.now() };
    const firstBatch = fill(cursor, size ?? FIRST_BATCH);
    // An empty batch was asked for to open a cursor, whatever there is to find.
    const more = !single && (cursor.held !== undefined || size === 0);
    if (!more) cursor.documents.return?.();
    return { id: more ? this.keep(cursor) : Long.ZERO, ns, firstBatch };
  }

  /** The next batch. @throws Refusal 43 when there is no such cursor, 13 for one of another collection */
  next(id: Value | undefined, ns: string, size: number | null): object {
    const cursor = this.open.get(show(id));
    ensure(cursor, 43, `cursor id ${show(id)} not found`);
    ensure(cursor.ns === ns, 13, `The cursor belongs to ${cursor.ns}, not to ${ns}`);
    // It ends here unless this batch is read without an error and something is left.
    this.open.delete(show(id));
    const nextBatch = fill(cursor, size || Infinity);
    return { id: cursor.held ? this.keep(cursor) : Long.ZERO, ns, nextBatch };
  }

  /** Ends a cursor and says whether there was one. */
  kill(id: Value): boolean {
    this.open.get(show(id))?.documents.return?.();
    return this.open.delete(show(id));
  }

  /** Ends the cursors that nobody has used for ten minutes. */
  expire(now = Date.now()): void {
    for (const { id, usedAt } of this.open.values()) if (now - usedAt > IDLE_MS) this.kill(id);
  }

  private keep(cursor: Cursor): Long {
    const fits = this.open.size < MAX_CURSORS;
    if (!fits) cursor.documents.return?.();
    ensure(fits, 1, 'Too many open cursors; read some to the end');
    cursor.usedAt = Date.now();
    this.open.set(show(cursor.id), cursor);
    return cursor.id;
  }
}

function fill(cursor: Cursor, size: number): Doc[] {
  const batch: Doc[] = [];
  if (size === 0) return batch;
  for (let room = MAX_BATCH_BYTES; ;) {
    const next: Doc | undefined = cursor.held ?? cursor.documents.next().value;
    cursor.held = undefined;
    if (!next) return batch;
    room -= calculateObjectSize(next) + PLACE_BYTES;
    if (batch.length === size || (room < 0 && batch.length > 0)) {
      cursor.held = next;
      return batch;
    }
    batch.push(next);
  }
}
