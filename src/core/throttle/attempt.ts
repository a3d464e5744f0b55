import type { Collection } from 'mongoose';
import type { Clock } from '../clock.js';
import { placed } from '../database/error-facts.js';
import type { Limit } from './limit.js';

/** What is used here of the counters' collection. */
export type Counters = Pick<
  Collection,
  'collectionName' | 'bulkWrite' | 'deleteMany' | 'findOne' | 'updateOne'
>;

/** A limit that has refused a try. */
export interface Refusal {
  readonly limit: Limit;
  /** Seconds until the next try is looked at. */
  readonly retryAfter: number;
}

/** A try that is counted and has not come to its end: `keep`, `clear` or `withdraw` is that. */
export class Attempt {
  /**
   * @param keys of the counters that have counted it
   * @param refusal of the limit that has not; null: the try may be made
   */
  constructor(
    private readonly counters: Counters,
    private readonly clock: Clock,
    private readonly keys: ReadonlyMap<Limit, string>,
    readonly refusal: Refusal | null,
  ) {}

  /** It stays counted. */
  async keep(): Promise<void> {
    const ended = { $inc: { underWay: -1 } };
    await this.write(this.all.map((key) => ({ filter: underWay(key), update: ended })));
  }

  /**
   * It was none that the limits are about, so it is not counted.
   *
   * @param limits whose earlier tries are forgotten as well
   */
  async clear(...limits: readonly Limit[]): Promise<void> {
    const now = this.clock.now().getTime();
    // The last first: a try that waited for the first counter finds room in those behind it.
    await this.write(
      [...this.keys].toReversed().map(([limit, key]) => {
        if (!limits.includes(limit)) return { filter: underWay(key), update: TAKEN_BACK };
        const expire = new Date(now + limit.window);
        return { filter: { key }, update: { $set: { tries: 0, underWay: 0, row: 0, expire } } };
      }),
    );
  }

  /** It was not made, and leaves no trace. */
  async withdraw(): Promise<void> {
    if (this.keys.size === 0) return;
    await this.write(this.all.map((key) => ({ filter: underWay(key), update: TAKEN_BACK })));
    const unused = { key: { $in: this.all }, tries: 0, row: 0 };
    await placed(this.counters, 'deleteMany', (counters) => counters.deleteMany(unused));
  }

  private get all(): string[] {
    return [...this.keys.values()];
  }

  private write(updates: readonly CounterUpdate[]): Promise<void> {
    return writeCounters(this.counters, updates);
  }
}

/** A write of one counter. */
export interface CounterUpdate {
  readonly filter: object;
  readonly update: object;
  readonly upsert?: boolean;
}

/** Writes counters one after the other, until one is refused. One alone costs half as much as a bulk of one. */
export async function writeCounters(
  counters: Counters,
  updates: readonly CounterUpdate[],
): Promise<void> {
  const [first, ...more] = updates;
  if (!first) return;
  const { filter, update, upsert = false } = first;
  if (more.length === 0) {
    await placed(counters, 'updateOne', (one) => one.updateOne(filter, update, { upsert }));
  } else {
    const writes = updates.map((updateOne) => ({ updateOne }));
    await placed(counters, 'bulkWrite', (all) => all.bulkWrite(writes));
  }
}

const TAKEN_BACK = { $inc: { tries: -1, row: -1, underWay: -1 } };

// A counter that began anew meanwhile knows nothing of the try.
function underWay(key: string): object {
  return { key, underWay: { $gt: 0 } };
}
