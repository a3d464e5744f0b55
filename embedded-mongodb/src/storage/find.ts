import { type Query, refine } from '../queries/query.js';
import { decode } from '../values/codec.js';
import { ensure } from '../values/refusal.js';
import type { Doc } from '../values/values.js';
import type { Collection } from './catalog.js';
import { plan } from './planner.js';
import type { Store } from './store.js';

/** A document that was found, and its number in the file. */
export type Found = Readonly<{ rec: number; value: Doc }>;

/** Finds documents one by one. @throws Refusal 292 as `refine`, 50 or 175 as `Store.entries` */
export function* find(store: Store, collection: Collection, query: Query): Iterable<Found> {
  ensure(collection.indexes.length > 0, 175, 'the collection was dropped');
  const { ranges, reverse, sorted } = plan(collection, query);
  function* read(): Iterable<Found> {
    // A multikey index can have a document twice, and so can the branches of an `$or`.
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
