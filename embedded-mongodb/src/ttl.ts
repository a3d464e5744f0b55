import type { Collection, Index } from './catalog.js';
import { invert, keyBytes, TYPE } from './key-bytes.js';
import type { Store } from './store.js';
import { decode } from './values.js';

/** Few enough that no request waits long behind one turn. */
const TURN = 200;

/**
 * Removes documents whose time is over, a small turn of one index at a time.
 *
 * @returns true when there may be more to remove right now
 */
export function removeExpired(store: Store, now = Date.now()): boolean {
  for (const name of store.catalog.databaseNames())
    for (const collection of store.catalog.collections(name))
      for (const index of collection.indexes)
        if (index.spec.expireAfterSeconds !== null && turn(store, collection, index, now))
          return true;
  return false;
}

function turn(store: Store, collection: Collection, index: Index, now: number): boolean {
  const before = keyBytes(new Date(now - (index.spec.expireAfterSeconds ?? 0) * 1000));
  const first = Buffer.from([TYPE.date]);
  const descending = index.spec.fields[0]?.descending === true;
  const range = descending
    ? { index, low: invert(before), high: invert(Buffer.from([TYPE.date - 1])) }
    : { index, low: first, high: before };
  const rows = store.entries(range, null, descending, TURN);
  if (rows.length === 0) return false;
  store.atomic(() => {
    const seen = new Set<number>();
    for (const { rec, doc } of rows) {
      // A document with several dates has several entries.
      if (!seen.has(rec)) store.remove(collection, rec, decode(doc));
      seen.add(rec);
    }
  });
  return rows.length === TURN;
}
