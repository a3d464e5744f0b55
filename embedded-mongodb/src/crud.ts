import type { Collection } from './catalog.js';
import { MongoFailure } from './mongo-failure.js';
import { find, type Query } from './query.js';
import type { Store } from './store.js';
import type { Update } from './update.js';
import { checkStored, seed, withId } from './upsert.js';
import { decode, type Doc, encode, type Value } from './values.js';

/** What one statement of an update did. */
export interface Updated {
  readonly matched: number;
  readonly modified: number;
  /** The `_id` that an upsert made. */
  readonly upserted?: Value;
}

/** What findAndModify did, with the document before and after. */
export interface Modified {
  readonly before: Doc | null;
  readonly after: Doc | null;
}

/** Stores one new document. @throws MongoFailure 11000 and what `checkStored` throws */
export function insertOne(store: Store, collection: Collection, given: Doc): void {
  const doc = withId(given);
  checkStored(doc);
  store.atomic(() => store.insert(collection, doc));
}

/** Updates the first or all that match; one statement is done as a whole or not at all. */
export function update(
  store: Store,
  collection: Collection,
  query: Query,
  change: Update,
  upsert: boolean,
): Updated {
  return store.atomic(() => {
    let matched = 0;
    let modified = 0;
    for (const rec of numbers(store, collection, query)) {
      const row = store.row(rec);
      matched++;
      if (row && replace(store, collection, rec, row, change).changed) modified++;
    }
    if (matched > 0 || !upsert) return { matched, modified };
    const made = insertSeed(store, collection, query.filter, change);
    return { matched: 0, modified: 0, upserted: made.get('_id') ?? null };
  });
}

/** Removes the first or all that match and says how many. */
export function remove(store: Store, collection: Collection, query: Query): number {
  return store.atomic(() => {
    const recs = numbers(store, collection, query);
    for (const rec of recs) {
      const row = store.row(rec);
      if (row) store.remove(collection, rec, decode(row));
    }
    return recs.length;
  });
}

/** Finds one document and updates it, or removes it when there is no `change`. */
export function findAndModify(
  store: Store,
  collection: Collection,
  query: Query,
  change: Update | null,
  upsert: boolean,
): Modified {
  return store.atomic(() => {
    for (const { rec, doc, value } of find(store, collection, { ...query, limit: 1 })) {
      if (change)
        return { before: value, after: replace(store, collection, rec, doc, change).after };
      store.remove(collection, rec, value);
      return { before: value, after: null };
    }
    const after = change && upsert ? insertSeed(store, collection, query.filter, change) : null;
    return { before: null, after };
  });
}

/** All numbers first: a document that moves in the index must not be met twice. */
function numbers(store: Store, collection: Collection, query: Query): number[] {
  return Array.from(find(store, collection, query), ({ rec }) => rec);
}

function replace(
  store: Store,
  collection: Collection,
  rec: number,
  bytes: Uint8Array,
  change: Update,
): { after: Doc; changed: boolean } {
  const before = decode(bytes);
  const after = change(before, false);
  const changed = Buffer.compare(bytes, encode(after)) !== 0;
  if (changed) {
    checkStored(after);
    store.replace(collection, rec, before, after);
  }
  return { after, changed };
}

function insertSeed(store: Store, collection: Collection, filter: Doc, change: Update): Doc {
  const start = seed(filter);
  const doc = withId(change(start, true));
  const wanted = start.get('_id');
  if (wanted !== undefined && doc.get('_id') === undefined)
    throw new MongoFailure(66, "The update would remove the field '_id'");
  checkStored(doc);
  store.insert(collection, doc);
  return doc;
}
