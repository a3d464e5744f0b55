/** How often something may be tried. */
export interface Limit {
  /** Keeps the counters of different limits apart. */
  readonly name: string;
  readonly tries: number;
  /** Milliseconds, from the first try. */
  readonly window: number;
  /** For tries that shall succeed: how many may fail in a row, without a pause, before all are refused for as long. */
  readonly inARow?: { readonly tries: number; readonly pause: number };
  /**
   * Refuses at once where others wait for tries under way, of which the time of the wait would tell (CWE-208).
   */
  readonly atOnce?: true;
}

/** A limit, and whom or what is counted; null: not known, so that nothing is counted. */
export type Count = readonly [limit: Limit, about: string | null];

/** A counter as stored. */
export interface Counter {
  /** The limit's name, and a hash: what people type as a user name is at times a password. */
  readonly key: string;
  /** Tries of this window, those under way included. */
  readonly tries: number;
  /** Of these, tries that have not come to an end yet. */
  readonly underWay: number;
  readonly windowEnd: Date;
  /** Tries in a row. */
  readonly row: number;
  /** The end of the row, or of the window. */
  readonly expire: Date;
}

/** @returns when a counter ends that counts now */
export function endsOf({ window, inARow }: Limit, now: number): { windowEnd: Date; expire: Date } {
  const windowEnd = new Date(now + window);
  return { windowEnd, expire: inARow ? new Date(now + inARow.pause) : windowEnd };
}

/** @returns the condition on a counter that takes one try more */
export function roomIn({ tries, inARow }: Limit, now: number): object {
  return {
    tries: { $gte: 0, $lt: tries },
    windowEnd: { $gt: new Date(now) },
    ...(inARow && { row: { $gte: 0, $lt: inARow.tries }, expire: { $gt: new Date(now) } }),
  };
}

/** What stands in the way of one try more. */
export type Obstacle =
  /** The count is of the past. */
  | { readonly kind: 'over'; readonly reset: Partial<Counter> }
  /** A clock that runs ahead of ours has set the end: the tries still count, until an end of our own. */
  | { readonly kind: 'ahead'; readonly reset: Partial<Counter> }
  /** Nobody knows yet how tries under way come out. */
  | { readonly kind: 'under-way'; readonly until: Date }
  | { readonly kind: 'full'; readonly until: Date };

/** @returns why a counter did not take a try; null when it would by now */
export function obstacleIn(limit: Limit, counter: Counter, now: number): Obstacle | null {
  const ends = endsOf(limit, now);
  const { tries, underWay, windowEnd, row, expire } = counter;
  const isOver = (end: Date) => !(end > new Date(now));
  const windowIsOver = isOver(windowEnd);
  const isAhead = windowEnd > ends.windowEnd || expire > ends.expire;
  const full = (until: Date): Obstacle => {
    // No try takes as long as a window: one that is still under way then was lost with its process.
    if (underWay > 0 && !windowIsOver) return { kind: 'under-way', until };
    // Begun anew, it would never fill up while tries come by turns to two servers whose clocks differ.
    if (isAhead) return { kind: 'ahead', reset: earlier({ windowEnd, expire }, ends) };
    return { kind: 'full', until };
  };
  const fresh = { tries: 0, underWay: 0, windowEnd: ends.windowEnd };
  // Below zero, or no number: some other hand wrote it, and it would never fill up.
  const isCount = [tries, underWay, row].every((each) => Number.isInteger(each) && each >= 0);
  if (isOver(expire) || !isCount) return { kind: 'over', reset: { ...fresh, ...ends, row: 0 } };
  if (limit.inARow && row >= limit.inARow.tries) return full(expire);
  if (windowIsOver) return { kind: 'over', reset: fresh };
  return tries >= limit.tries ? full(windowEnd) : null;
}

type Ends = Pick<Counter, 'windowEnd' | 'expire'>;

function earlier(one: Ends, other: Ends): Ends {
  return {
    windowEnd: one.windowEnd < other.windowEnd ? one.windowEnd : other.windowEnd,
    expire: one.expire < other.expire ? one.expire : other.expire,
  };
}
