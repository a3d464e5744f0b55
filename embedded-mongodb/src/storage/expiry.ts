import { byFilter } from '../queries/query.js';
import { modify } from './modify.js';
import type { Store } from './store.js';

/** One turn removes so many documents of an index at most, so that no command waits long. */
const EXPIRED_AT_ONCE = 200;

/** Removes some of the documents that have expired by a TTL index. @returns how many it removed */
export function removeExpired(store: Store, now = Date.now()): number {
  let removed = 0;
  for (const index of [...store.catalog.all.values()].flatMap(({ indexes }) => indexes)) {
    if (index.expireAfterSeconds === null) continue;
    const end = new Date(now - index.expireAfterSeconds * 1000);
    const filter = new Map(index.fields.map(({ name }) => [name, new Map([['$lt', end]])]));
    removed += modify(store, index.ns, byFilter(filter, { limit: EXPIRED_AT_ONCE })).matched;
  }
  return removed;
}
