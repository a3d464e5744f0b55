import { calculateObjectSize } from 'bson';
import { ensure } from '../values/refusal.js';
import type { Doc } from '../values/values.js';
import { compileFilter, type Matcher } from './filter.js';
import { type KeyField, sortKey } from './key-fields.js';

/** MongoDB lets one sort or group take 100 MB; here all databases share one thread's memory. */
export const MAX_MEMORY_BYTES = 64 * 1024 * 1024;
/** The limit for all sorted answers together, those of open cursors included. */
const MAX_SORTED_BYTES = 4 * MAX_MEMORY_BYTES;
/** What all sorted answers take now. */
let sortedBytes = 0;
/** What a sorted document takes in memory besides its bytes, about. */
const ROW_BYTES = 300;

/** What is looked for in a collection. */
export interface Query {
  readonly filter: Doc;
  readonly matches: Matcher;
  readonly sort: readonly KeyField[];
  readonly skip: number;
  /** 0 is no limit. */
  readonly limit: number;
  /** The name or the key of the index to use; `null` leaves the choice to the planner. */
  readonly hint: string | Doc | null;
}

/** Makes a query of a filter and options. @throws as `compileFilter` */
export const byFilter = (
  filter: Doc,
  options: Partial<Omit<Query, 'filter' | 'matches'>>,
): Query => ({
  filter,
  matches: compileFilter(filter),
  sort: [],
  skip: 0,
  limit: 0,
  hint: null,
  ...options,
});

/** Gives the items of which the documents fit a query, in its order. @throws Refusal 292 as `inOrder` */
export function* refine<T>(items: Iterable<T>, query: Query, docOf: (item: T) => Doc): Iterable<T> {
  const { matches, sort, skip, limit } = query;
  function* matching(): Iterable<T> {
    for (const item of items) if (matches(docOf(item))) yield item;
  }
  let place = 0;
  for (const item of sort.length > 0 ? inOrder(matching(), sort, docOf) : matching()) {
    place++;
    if (place > skip) yield item;
    if (limit > 0 && place >= skip + limit) return;
  }
}

/** Sorts items by their documents; equal ones keep their order. @throws Refusal 292 for too many */
function* inOrder<T>(
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
    rows.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
    for (const { item } of rows) yield item;
  } finally {
    sortedBytes -= bytes;
  }
}

/** Changes items one by one, as they are asked for. */
export function* mapped<T, U>(items: Iterable<T>, change: (item: T) => U): Iterable<U> {
  for (const item of items) yield change(item);
}
