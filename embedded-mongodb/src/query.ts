import type { Collection } from './catalog.js';
import { decode } from './codec.js';
import { type KeyField, sortKey } from './index-keys.js';
import { compileFilter, type Matcher } from './matcher.js';
import { plan, type Plan } from './planner.js';
import { Refusal } from './refusal.js';
import type { Entry, Row, Store } from './store.js';
import type { Doc } from './values.js';

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
}

/** How much was read for an answer: `explain` shows it. */
export interface Effort {
  keys: number;
  docs: number;
}

/** MongoDB allows 100 MB; here all databases share one worker. */
export const MAX_MEMORY_BYTES = 64 * 1024 * 1024;
const SMALLEST_CHUNK = 8;
const LARGEST_CHUNK = 256;

/** Everything that matches, asked for by a filter and little else. @throws as `compileFilter` */
export const byFilter = (filter: Doc, others: Partial<Query> = {}): Query => ({
  filter,
  matches: compileFilter(filter),
  sort: [],
  skip: 0,
  limit: 0,
  ...others,
});

/**
 * Finds documents one by one. Between two of them the collection may change: the reading goes on
 * from the place of the last one, as in MongoDB.
 *
 * @throws Refusal 292 when a sort without index takes too much memory
 */
export function find(
  store: Store,
  collection: Collection,
  query: Query,
  effort: Effort = { keys: 0, docs: 0 },
): Iterable<Found> {
  const chosen = plan(collection, query.filter, query.sort);
  const matching = filtered(candidates(store, collection, chosen, effort), query, effort);
  const inOrder = chosen.sorted ? matching : sorted(matching, query);
  return window(inOrder, query.skip, query.limit);
}

function* filtered(rows: Iterable<Row>, query: Query, effort: Effort): Iterable<Found> {
  for (const row of rows) {
    effort.docs++;
    const value = decode(row.doc);
    if (query.matches(value)) yield { ...row, value };
  }
}

function* candidates(
  store: Store,
  collection: Collection,
  { ranges, reverse }: Plan,
  effort: Effort,
): Iterable<Row> {
  if (!ranges) {
    yield* inChunks<Row>((last, size) => store.rows(collection, last, size));
    return;
  }
  // A multikey index has a document under each element, and branches of a union overlap.
  const repeats = ranges.length > 1 || ranges[0]?.index.multikey === true;
  const seen = new Set<number>();
  for (const range of ranges)
    for (const row of inChunks<Entry>((last, size) => store.entries(range, last, reverse, size))) {
      effort.keys++;
      if (repeats && seen.has(row.rec)) continue;
      if (repeats) seen.add(row.rec);
      yield row;
    }
}

/** Reads on from the last row, at first little and then more at once. */
function* inChunks<T>(read: (last: T | null, size: number) => T[]): Iterable<T> {
  let last: T | null = null;
  for (let size = SMALLEST_CHUNK; ; size = Math.min(size * 2, LARGEST_CHUNK)) {
    const rows: T[] = read(last, size);
    yield* rows;
    last = rows.at(-1) ?? last;
    if (rows.length < size) return;
  }
}

/** Sorts in memory, and keeps no more than is asked for; equal keys stay as they came. */
export function* sorted<T extends { doc: Uint8Array; value: Doc }>(
  found: Iterable<T>,
  { sort, skip, limit }: Pick<Query, 'sort' | 'skip' | 'limit'>,
): Iterable<T> {
  const wanted = limit > 0 ? skip + limit : Infinity;
  const inOrder = (): typeof rows => rows.toSorted((a, b) => Buffer.compare(a.key, b.key));
  const size = ({ key, one }: { key: Buffer; one: T }): number => key.length + one.doc.length;
  let rows: { key: Buffer; one: T }[] = [];
  let bytes = 0;
  for (const one of found) {
    const row = { key: sortKey(sort, one.value), one };
    rows.push(row);
    bytes += size(row);
    if (rows.length > 2 * wanted + LARGEST_CHUNK || bytes > MAX_MEMORY_BYTES) {
      rows = inOrder().slice(0, wanted);
      bytes = rows.reduce((sum, kept) => sum + size(kept), 0);
    }
    if (bytes > MAX_MEMORY_BYTES)
      throw new Refusal(292, 'Sort exceeded memory limit; an index could answer it');
  }
  for (const { one } of inOrder().slice(0, wanted)) yield one;
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
