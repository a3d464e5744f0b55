import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { RateLimiterMongo, RateLimiterRes } from 'rate-limiter-flexible';
import { digest } from '../crypto/digests.js';
import { Database } from '../database/database.js';
import type { DeclaredCollection } from '../database/indexes.js';
import { TooManyAttempts } from '../domain-error.js';
import { bounded, insisting } from './bounded-upserts.js';

/** The counters' collection. The limiter would build these indexes by itself, but only log a failure. */
export const throttleCollection: DeclaredCollection = {
  collection: 'throttle',
  indexes: [
    [{ expire: -1 }, { expireAfterSeconds: 0 }],
    [{ key: 1 }, { unique: true }],
  ],
};

/** How often something may be tried. */
export interface Limit {
  /** Keeps the counters of different limits apart. */
  readonly name: string;
  readonly tries: number;
  /** Seconds that a count lives, from its first try. */
  readonly window: number;
  /** Seconds of refusal after the last try that is let through; without it, the rest of the window. */
  readonly block?: number;
}

/** Counters in MongoDB, shared by every instance; a restart does not clear them. */
@Injectable()
export class Throttle {
  private readonly limiters = new Map<string, RateLimiterMongo>();

  constructor(
    @InjectConnection() private readonly connection: Connection,
    database: Database,
  ) {
    database.declare(throttleCollection);
  }

  /**
   * Counts one try before anything is verified, so that parallel tries can't slip through.
   *
   * @param key whom or what the count is about; only its hash is stored, since what people
   *   type as a user name is at times a password; null for an address that is
   *   not known: such tries share no count, or one of them could shut everybody out
   * @throws TooManyAttempts when the limit is passed; TooBusy when the database can't count
   */
  async consume(limit: Limit, key: string | null): Promise<void> {
    if (key === null) return;
    const limiter = this.limiter(limit);
    try {
      const { remainingPoints } = await insisting(() => limiter.consume(digest(key)));
      // The refusal begins with the last try that is let through. The limiter alone would begin it with
      // the next try, whenever that comes.
      const { block } = limit;
      if (block && remainingPoints === 0) await insisting(() => limiter.block(digest(key), block));
    } catch (refusal) {
      throw refusal instanceof RateLimiterRes ? tooMany(refusal) : refusal;
    }
  }

  /**
   * Counts nothing.
   *
   * @throws TooManyAttempts when a try would be refused
   */
  async demandOpen(limit: Limit, key: string): Promise<void> {
    const found = await this.limiter(limit).get(digest(key));
    if (found && found.consumedPoints > limit.tries) throw tooMany(found);
  }

  /** Takes one try back: it turned out not to be one that the limit is about. */
  async refund(limit: Limit, key: string | null): Promise<void> {
    if (key !== null) await insisting(() => this.limiter(limit).reward(digest(key)));
  }

  /** Forgets the count. */
  async reset(limit: Limit, key: string): Promise<void> {
    await this.limiter(limit).delete(digest(key));
  }

  private limiter(limit: Limit): RateLimiterMongo {
    const found = this.limiters.get(limit.name);
    if (found) return found;
    const made = new RateLimiterMongo({
      storeClient: { collection: (name: string) => bounded(this.connection.collection(name)) },
      tableName: throttleCollection.collection,
      keyPrefix: limit.name,
      points: limit.tries,
      duration: limit.window,
      blockDuration: limit.block ?? 0,
      disableIndexesCreation: true,
    });
    this.limiters.set(limit.name, made);
    return made;
  }
}

function tooMany({ msBeforeNext }: RateLimiterRes): TooManyAttempts {
  return new TooManyAttempts(Math.max(1, Math.ceil(msBeforeNext / 1000)));
}
