import type { Collection } from './catalog.js';
import { type KeyField, sortKey } from './index-keys.js';
import { compileFilter, type Matcher } from './matcher.js';
import { MongoFailure } from './mongo-failure.js';
import { plan, type Plan } from './planner.js';
import type { KeyRange, Row, Store } from './store.js';
import { decode, type Doc } from './values.js';

/** A document that was found, read and as stored. */
export interface Found extends Row {
  readonly value: Doc;
}

/** What is looked for in a collection. */
export interface Query {
  readonly filter: Doc;
  /** The compiled filter. */
  readonly matches: Matcher;
  readonly sort: readonly KeyField[];
  readonly skip: number;
  /** 0: no limit. */
  readonly limit: number;
  /** Milliseconds; 0: no limit. */
  readonly maxTimeMS: number;
}

/** How much was read for an answer: `explain` shows it. */
export interface Effort {
  keys: number;
  docs: number;
}

/** MongoDB allows 100 MB; here all databases share one worker. */
const MAX_SORT_BYTES = 64 * 1024 * 1024;
const SMALLEST_CHUNK = 8;
const LARGEST_CHUNK = 256;

/** Everything that matches, asked for by nothing but a filter. */
export const byFilter = (filter: Doc): Query => ({
  filter,
  matches: compileFilter(filter),
  sort: [],
  skip: 0,
  limit: 0,
  maxTimeMS: 0,
});

/**
 * Finds documents one by one. Between two of them the collection may change: the reading goes on
 * from the place of the last one, as in MongoDB.
 *
 * @throws MongoFailure 292 when a sort without index takes too much memory, 50 after `maxTimeMS`
 */
export function find(
  store: Store,
  collection: Collection,
  query: Query,
  effort: Effort = { keys: 0, docs: 0 },
): Iterable<Found> {
  const chosen = plan(collection, query.filter, query.sort);
  const matching = filtered(store, collection, query, chosen, effort);
  return window(chosen.sorted ? matching : inOrder(matching, query), query.skip, query.limit);
}

function* filtered(
  store: Store,
  collection: Collection,
  query: Query,
  chosen: Plan,
  effort: Effort,
): Iterable<Found> {
  const { matches, maxTimeMS } = query;
  let end = maxTimeMS > 0 ? Date.now() + maxTimeMS : Infinity;
  for (const row of candidates(store, collection, chosen, effort)) {
    if (maxTimeMS > 0 && Date.now() > end)
      throw new MongoFailure(50, 'operation exceeded time limit');
    effort.docs++;
    const value = decode(row.doc);
    if (!matches(value)) continue;
    const before = maxTimeMS > 0 ? Date.now() : 0;
    yield { ...row, value };
    // The time until the client asks for more is not the server's.
    if (maxTimeMS > 0) end += Date.now() - before;
  }
}

function* candidates(
  store: Store,
  collection: Collection,
  chosen: Plan,
  effort: Effort,
): Iterable<Row> {
  if (!chosen.ranges) {
    yield* collectionRows(store, collection);
    return;
  }
  // A multikey index has a document under each element, and branches of a union overlap.
  const [first] = chosen.ranges;
  const repeats = chosen.ranges.length > 1 || first?.index.multikey === true;
  const seen = new Set<number>();
  for (const range of chosen.ranges)
    for (const row of rangeRows(store, range, chosen.reverse, effort)) {
      if (repeats && seen.has(row.rec)) continue;
      if (repeats) seen.add(row.rec);
      yield row;
    }
}

function* collectionRows(store: Store, collection: Collection): Iterable<Row> {
  let last = -1;
  for (let size = SMALLEST_CHUNK; ; size = Math.min(size * 2, LARGEST_CHUNK)) {
    const rows = store.rows(collection, last, size);
    yield* rows;
    last = rows.at(-1)?.rec ?? last;
    if (rows.length < size) return;
  }
}

function* rangeRows(
  store: Store,
  range: KeyRange,
  reverse: boolean,
  effort: Effort,
): Iterable<Row> {
  let last: (Row & { key: Uint8Array }) | null = null;
  for (let size = SMALLEST_CHUNK; ; size = Math.min(size * 2, LARGEST_CHUNK)) {
    const rows: (Row & { key: Uint8Array })[] = store.entries(range, last, reverse, size);
    for (const row of rows) {
      effort.keys++;
      yield row;
    }
    last = rows.at(-1) ?? last;
    if (rows.length < size) return;
  }
}

interface Sortable {
  readonly key: Buffer;
  readonly found: Found;
}

/** Sorts what was found in memory. */
export function* inOrder(
  found: Iterable<Found>,
  { sort, skip, limit }: Pick<Query, 'sort' | 'skip' | 'limit'>,
): Iterable<Found> {
  const wanted = limit > 0 ? skip + limit : Infinity;
  let rows: Sortable[] = [];
  let bytes = 0;
  for (const one of found) {
    const row = { key: sortKey(sort, one.value), found: one };
    bytes += row.found.doc.length + row.key.length;
    rows.push(row);
    const crowded = rows.length > 2 * wanted + LARGEST_CHUNK || bytes > MAX_SORT_BYTES;
    if (crowded && rows.length > wanted) {
      rows = rows.toSorted(bySortKey).slice(0, wanted);
      bytes = rows.reduce((sum, kept) => sum + kept.found.doc.length + kept.key.length, 0);
    }
    if (bytes > MAX_SORT_BYTES)
      throw new MongoFailure(
        292,
        `Sort exceeded memory limit of ${MAX_SORT_BYTES} bytes; an index could answer it`,
      );
  }
  for (const row of rows.toSorted(bySortKey)) yield row.found;
}

/** Equal keys stay in the order of insertion. */
function bySortKey(a: Sortable, b: Sortable): number {
  return Buffer.compare(a.key, b.key) || a.found.rec - b.found.rec;
}

/** Leaves out the first `skip` and ends after `limit`; 0 is no limit. */
export function* window<T>(items: Iterable<T>, skip: number, limit: number): Iterable<T> {
  let place = 0;
  for (const item of items) {
    place++;
    if (place <= skip) continue;
    yield item;
    if (limit > 0 && place >= skip + limit) return;
  }
}
