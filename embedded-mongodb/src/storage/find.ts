import { calculateObjectSize } from 'bson';
import type { Collection } from './catalog.js';
import { decode, encode } from '../values/codec.js';
import { compileFilter } from '../queries/filter.js';
import { type KeyField, sortKey } from '../values/paths.js';
import { plan } from './planner.js';
import { ensure } from '../values/refusal.js';
import type { Store } from './store.js';
import { storable, type Update, upserted } from '../queries/update.js';
import type { Doc } from '../values/values.js';

/** A document that was found, and its number in the file. */
export type Found = Readonly<{ rec: number; value: Doc }>;
type DocOf<T> = (item: T) => Doc;

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

/** Finds documents one by one. @throws Refusal 292 as `refine`, 50 or 175 as `Store.entries` */
export function* find(store: Store, collection: Collection, query: Query): Iterable<Found> {
  ensure(collection.indexes.length > 0, 175, 'the collection was dropped');
  const { ranges, reverse, sorted } = plan(collection, query.filter, query.sort);
  function* read(): Iterable<Found> {
    // A multikey index has a document under each element, and branches of a union overlap.
    const repeats = ranges.length > 1 || ranges[0]?.index.multikey === true;
    const seen = new Set<number>();
    for (const range of ranges)
      for (const { rec, doc } of store.entries(range, reverse)) {
        if (range.index.fields.length > 0) store.effort.keys++;
        if (repeats && seen.has(rec)) continue;
        if (repeats) seen.add(rec);
        store.effort.docs++;
        yield { rec, value: decode(doc) };
      }
  }
  yield* refine(read(), { ...query, sort: sorted ? [] : query.sort }, ({ value }) => value);
}

/** What a query leaves of items, in its order. @throws Refusal 292 when a sort takes too much memory */
export function* refine<T>(items: Iterable<T>, query: Query, docOf: DocOf<T>): Iterable<T> {
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

/** Sorts by the keys of documents; equal ones stay as they came. */
function* inOrder<T>(items: Iterable<T>, sort: readonly KeyField[], docOf: DocOf<T>): Iterable<T> {
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

export function* mapped<T, U>(items: Iterable<T>, change: (item: T) => U): Iterable<U> {
  for (const item of items) yield change(item);
}

/**
 * Updates the documents of a query, or removes them when there is no `change`. One statement is
 * done as a whole or not at all; a collection is made only when a document comes into it.
 */
export function modify(store: Store, ns: string, query: Query, change?: Update, upsert = false) {
  return store.atomic(() => {
    const collection = upsert ? store.catalog.ensure(ns) : store.catalog.all.get(ns);
    if (!collection) return { matched: 0, modified: 0, before: null, after: null, made: null };
    // All numbers first: a document that moves in the index must not be met twice.
    const recs = Array.from(find(store, collection, query), ({ rec }) => rec);
    let modified = 0;
    let before: Doc | null = null;
    let after: Doc | null = null;
    for (const rec of recs) {
      const bytes = store.row(rec);
      before = decode(bytes);
      after = change ? storable(change(before, false)) : null;
      if (after && Buffer.compare(bytes, encode(after)) === 0) continue;
      store.write(collection, rec, before, after);
      modified++;
    }
    const made = recs.length === 0 && change && upsert ? upserted(query.filter, change) : null;
    if (made) store.write(collection, null, null, made);
    // The last document as it was and as it is, and the one that an upsert made.
    return { matched: recs.length, modified, before, after: made ?? after, made };
  });
}
