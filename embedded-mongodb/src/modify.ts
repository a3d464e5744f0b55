import type { Collection } from './catalog.js';
import { decode, encode } from './codec.js';
import { find, type Query } from './query.js';
import type { Store } from './store.js';
import { storable, type Update, upserted } from './update.js';
import type { Doc } from './values.js';

/** What a statement did. */
export interface Outcome {
  readonly matched: number;
  readonly modified: number;
  /** The last document that it found, as it was and as it is; `null` when there is none. */
  readonly before: Doc | null;
  readonly after: Doc | null;
  /** The document that an upsert made. */
  readonly made: Doc | null;
}

/**
 * Updates the documents of a query, or removes them when there is no `change`. One statement is done
 * as a whole or not at all.
 */
export function modify(
  store: Store,
  collection: Collection,
  query: Query,
  change: Update | null,
  upsert = false,
): Outcome {
  return store.atomic(() => {
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
    return { matched: recs.length, modified, before, after: made ?? after, made };
  });
}
