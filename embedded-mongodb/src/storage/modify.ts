import type { Query } from '../queries/query.js';
import { storable, type Update, upserted } from '../queries/update.js';
import { decode } from '../values/codec.js';
import type { Doc } from '../values/values.js';
import { find } from './find.js';
import type { Store } from './store.js';

/** What a statement did. */
export interface Modified {
  readonly matched: number;
  readonly modified: number;
  /** The last document that matched, before the statement and after it. */
  readonly before: Doc | null;
  readonly after: Doc | null;
  /** The document that an upsert made. */
  readonly made: Doc | null;
}

/**
 * Updates the documents of a query, or removes them when there is no `change`: all of them, or
 * none. A collection is made only for the document of an upsert.
 */
export function modify(
  store: Store,
  ns: string,
  query: Query,
  change?: Update,
  upsert = false,
): Modified {
  return store.atomic(() => {
    const collection = upsert ? store.catalog.ensure(ns) : store.catalog.all.get(ns);
    if (!collection) return { matched: 0, modified: 0, before: null, after: null, made: null };
    // Find all before changing any: a document that moves in the index must not be met twice. Many
    // are read again one by one, so that they don't stand in memory together.
    const alone = query.limit === 1;
    const found = Array.from(find(store, collection, query), ({ rec, value }) => ({
      rec,
      value: alone ? value : null,
    }));
    let modified = 0;
    let before: Doc | null = null;
    let after: Doc | null = null;
    for (const { rec, value } of found) {
      before = value ?? decode(store.row(rec));
      after = change ? storable(change(before, false)) : null;
      if (after === before) continue;
      store.write(collection, rec, before, after);
      modified++;
    }
    const made = found.length === 0 && change && upsert ? upserted(query.filter, change) : null;
    if (made) store.write(collection, null, null, made);
    return { matched: found.length, modified, before, after: made ?? after, made };
  });
}
