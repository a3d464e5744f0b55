import { decode, encode } from './codec.js';
import { find, type Query } from './query.js';
import type { Store } from './store.js';
import { storable, type Update, upserted } from './update.js';
import type { Doc } from './values.js';

/**
 * Updates the documents of a query, or removes them when there is no `change`. One statement is
 * done as a whole or not at all; a collection is made only when a document comes into it.
 */
export function modify(
  store: Store,
  ns: string,
  query: Query,
  change: Update | null,
  upsert = false,
) {
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
