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
export function roomIn({ tries, window, inARow }: Limit, now: number): object {
  return {
    tries: { $lt: tries },
    // An end further away than a window is one of a clock that ran ahead.
    windowEnd: { $gt: new Date(now), $lte: new Date(now + window) },
    ...(inARow && {
      row: { $lt: inARow.tries },
      expire: { $gt: new Date(now), $lte: new Date(now + inARow.pause) },
    }),
  };
}

/** What stands in the way of one try more. */
export type Obstacle =
  /** The count is of the past. */
  | { readonly kind: 'over'; readonly reset: Partial<Counter> }
  /** Nobody knows yet how tries under way come out. */
  | { readonly kind: 'under-way'; readonly until: Date }
  | { readonly kind: 'full'; readonly until: Date };

/** @returns why a counter did not take a try; null when it would by now */
export function obstacleIn(limit: Limit, counter: Counter, now: number): Obstacle | null {
  const ends = endsOf(limit, now);
  const { tries, underWay, windowEnd, row, expire } = counter;
  const isOver = (end: Date, latest: Date) => !(end > new Date(now) && end <= latest);
  const windowIsOver = isOver(windowEnd, ends.windowEnd);
  // No try takes as long as a window: one that is still under way then was lost with its process.
  const full = (until: Date): Obstacle => ({
    kind: underWay > 0 && !windowIsOver ? 'under-way' : 'full',
    until,
  });
  const fresh = { tries: 0, underWay: 0, windowEnd: ends.windowEnd };
  if (isOver(expire, ends.expire)) return { kind: 'over', reset: { ...fresh, ...ends, row: 0 } };
  if (limit.inARow && row >= limit.inARow.tries) return full(expire);
  if (windowIsOver) return { kind: 'over', reset: fresh };
  return tries >= limit.tries ? full(windowEnd) : null;
}
