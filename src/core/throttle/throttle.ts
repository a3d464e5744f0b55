import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import mongoose, { type Connection } from 'mongoose';
import { Clock, MOST_AHEAD, SECOND } from '../clock.js';
import { digest } from '../crypto/digests.js';
import { Collisions, isCollision, pause } from '../database/collisions.js';
import { Database } from '../database/database.js';
import { placed } from '../database/error-facts.js';
import type { DeclaredCollection } from '../database/indexes.js';
import { TooBusy, TooManyAttempts } from '../domain-error.js';
import {
  Attempt,
  type Counters,
  type CounterUpdate,
  type Refusal,
  writeCounters,
} from './attempt.js';
import { type Count, type Counter, endsOf, type Limit, obstacleIn, roomIn } from './limit.js';

/** The counters' collection. */
export const throttleCollection: DeclaredCollection = {
  collection: 'throttle',
  indexes: [
    // By the database's clock, which may be ahead of ours.
    [{ removeAt: -1 }, { expireAfterSeconds: 0 }],
    [{ key: 1 }, { unique: true }],
  ],
};

/** Pauses of a try that waits for the end of others: some 7 seconds, in which a full queue of hashes drains. */
const WAITS = 64;

/** MongoDB's code for a field that can't be counted up: some other hand has written it. */
const NO_NUMBER = 14;

/** Counters in MongoDB, shared by every instance; a restart does not clear them. */
@Injectable()
export class Throttle {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly clock: Clock,
    database: Database,
  ) {
    database.declare(throttleCollection);
  }

  /**
   * Counts a try that has no end of its own, before anything is done.
   *
   * @throws TooManyAttempts when the limit is passed; TooBusy when the database can't count
   */
  async consume(...count: Count): Promise<void> {
    const { refusal } = await this.count([count], 0);
    if (refusal) throw new TooManyAttempts(refusal.retryAfter);
  }

  /**
   * Counts a try before it is made, so that parallel tries can't slip through: in one operation, one limit
   * after the other, and none after the one that refuses. What is under way counts until it ends, but
   * refuses nobody but where a limit refuses at once: where only such tries are in the way, the next one
   * waits for them.
   *
   * @throws TooBusy when the others take too long, or the database can't count; then nothing is counted
   */
  begin(...counts: readonly Count[]): Promise<Attempt> {
    return this.count(counts, 1);
  }

  private async count(counts: readonly Count[], underWay: 0 | 1): Promise<Attempt> {
    const known = counts.flatMap(([limit, about]) =>
      about === null ? [] : [{ limit, key: `${limit.name}:${digest(about)}` }],
    );
    let done = 0;
    const attempt = (refusal: Refusal | null) => {
      const keys = new Map(known.slice(0, done).map(({ limit, key }) => [limit, key]));
      return new Attempt(this.counters, this.clock, keys, refusal);
    };
    try {
      const tries = new Tries();
      while (done < known.length) {
        const left = known.slice(done);
        const { counted, code } = await this.write(left, underWay);
        done += counted;
        const next = known[done];
        if (!next) break;
        const refusal = await this.resolve(next.limit, next.key, tries, code);
        if (refusal) return attempt(refusal);
      }
      return attempt(null);
    } catch (error) {
      if (error instanceof TooBusy) await attempt(null).withdraw();
      throw error;
    }
  }

  /** @returns how many of them have counted the try, and why the next one has not */
  private async write(
    list: readonly { limit: Limit; key: string }[],
    underWay: 0 | 1,
  ): Promise<{ counted: number; code?: unknown }> {
    const now = this.clock.now().getTime();
    const updates = list.map(({ limit, key }): CounterUpdate => {
      const { windowEnd, expire } = endsOf(limit, now);
      const removeAt = new Date(expire.getTime() + MOST_AHEAD);
      return {
        filter: { key, ...roomIn(limit, now) },
        update: {
          $inc: { tries: 1, row: 1, underWay },
          // The first try sets the ends; later, one of a clock that runs ahead comes back to ours. A row
          // goes on as long as there is no pause.
          ...(limit.inARow
            ? { $set: { expire, removeAt }, $min: { windowEnd } }
            : { $set: { removeAt }, $min: { windowEnd, expire } }),
        },
        upsert: true,
      };
    });
    try {
      await writeCounters(this.counters, updates);
      return { counted: list.length };
    } catch (error) {
      const { MongoBulkWriteError, MongoServerError } = mongoose.mongo;
      const isDamage = error instanceof MongoServerError && error.code === NO_NUMBER;
      if (!isDamage && !isCollision(error)) throw error;
      const { code } = error;
      const [first] = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : [];
      return { counted: first?.index ?? 0, code };
    }
  }

  /** The counter has no room, or others were in the way: waits or begins it anew, where that helps. */
  private async resolve(
    limit: Limit,
    key: string,
    tries: Tries,
    code: unknown,
  ): Promise<Refusal | null> {
    // An index keeps the key unique, and each counter has these fields.
    const found = (await placed(this.counters, 'findOne', (counters) =>
      counters.findOne({ key }),
    )) as Counter | null;
    const now = this.clock.now().getTime();
    const obstacle = found && obstacleIn(limit, found, now);
    if (!found) await tries.collisions.another(code);
    // There is room by now, for which others who waited try as well.
    else if (!obstacle || (obstacle.kind === 'under-way' && !limit.atOnce)) await tries.wait();
    else if (obstacle.kind === 'over' || obstacle.kind === 'ahead') {
      const { windowEnd, expire } = found;
      const reset = { $set: obstacle.reset };
      await placed(this.counters, 'updateOne', (counters) =>
        counters.updateOne({ key, windowEnd, expire }, reset),
      );
      await tries.collisions.another(code);
    } else {
      return {
        limit,
        retryAfter: Math.max(1, Math.ceil((obstacle.until.getTime() - now) / SECOND)),
      };
    }
    return null;
  }

  private get counters(): Counters {
    return this.connection.collection(throttleCollection.collection);
  }
}

/** How often a count was tried, and how long it has waited. */
class Tries {
  readonly collisions = new Collisions(throttleCollection.collection);
  private waits = 0;

  async wait(): Promise<void> {
    if (++this.waits > WAITS) throw new TooBusy('Tries of the same counter did not come to an end');
    await pause(this.waits);
  }
}
