import { calculateObjectSize } from 'bson';
import type { Collection } from './catalog.js';
import { decode } from './codec.js';
import { type KeyField, sortKey } from './index-keys.js';
import { compileFilter } from './matcher.js';
import { plan } from './planner.js';
import { ensure } from './refusal.js';
import type { Entry, Store } from './store.js';
import type { Doc } from './values.js';

/** A document that was found, read and as stored. */
export interface Found extends Entry {
  readonly value: Doc;
}

/** How much was read for an answer: `explain` shows it. */
export interface Effort {
  keys: number;
  docs: number;
}

/** MongoDB allows 100 MB; here all databases share one worker. */
export const MAX_MEMORY_BYTES = 64 * 1024 * 1024;
/** What all sorted answers may hold, those of open cursors included, and what they hold now. */
const MAX_SORTED_BYTES = 4 * MAX_MEMORY_BYTES;
let sortedBytes = 0;
/** What a small document takes besides its bytes. */
const ROW_BYTES = 300;

/** What is looked for in a collection; a limit of 0 is none. @throws as `compileFilter` */
export const byFilter = (
  filter: Doc,
  { sort = [], skip = 0, limit = 0 }: { sort?: readonly KeyField[]; skip?: number; limit?: number },
) => ({ filter, matches: compileFilter(filter), sort, skip, limit });
export type Query = ReturnType<typeof byFilter>;

/**
 * Finds documents one by one. Between two of them the collection may change.
 * @throws Refusal 292 as `inOrder` when no index gives the order
 */
export function* find(
  store: Store,
  collection: Collection,
  query: Query,
  effort: Effort = { keys: 0, docs: 0 },
): Iterable<Found> {
  const { ranges, reverse, sorted } = plan(collection, query.filter, query.sort);
  function* matching(): Iterable<Found> {
    // A multikey index has a document under each element, and branches of a union overlap.
    const repeats = ranges.length > 1 || ranges[0]?.index.multikey === true;
    const seen = new Set<number>();
    for (const range of ranges)
      for (const entry of store.entries(range, reverse)) {
        if (range.index.spec.fields.length > 0) effort.keys++;
        if (repeats && seen.has(entry.rec)) continue;
        if (repeats) seen.add(entry.rec);
        effort.docs++;
        const value = decode(entry.doc);
        if (query.matches(value)) yield { ...entry, value };
      }
  }
  const found = sorted ? matching() : inOrder(matching(), query.sort, ({ value }) => value);
  yield* window(found, query.skip, query.limit);
}

/**
 * Sorts by the keys of documents; equal ones stay as they came.
 * @throws Refusal 292 when that takes too much memory
 */
export function* inOrder<T>(
  items: Iterable<T>,
  sort: readonly KeyField[],
  docOf: (item: T) => Doc,
): Iterable<T> {
  let bytes = 0;
  try {
    const rows = Array.from(items, (item) => {
      const key = sortKey(sort, docOf(item));
      const more = key.length + calculateObjectSize(docOf(item)) + ROW_BYTES;
      bytes += more;
      sortedBytes += more;
      const fits = bytes <= MAX_MEMORY_BYTES && sortedBytes <= MAX_SORTED_BYTES;
      ensure(fits, 292, 'Sort exceeded memory limit; an index could answer it');
      return { item, key };
    });
    yield* rows.toSorted((a, b) => Buffer.compare(a.key, b.key)).map(({ item }) => item);
  } finally {
    sortedBytes -= bytes;
  }
}

/** Changes items one by one. */
export function* mapped<T, U>(items: Iterable<T>, change: (item: T) => U): Iterable<U> {
  for (const item of items) yield change(item);
}

/** Leaves out the first `skip` and ends after `limit`; 0 is no limit. */
export function* window<T>(items: Iterable<T>, skip: number, limit: number): Iterable<T> {
  let place = 0;
  for (const item of items) {
    place++;
    if (place > skip) yield item;
    if (limit > 0 && place >= skip + limit) return;
  }
}
