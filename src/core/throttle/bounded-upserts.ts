import { Logger } from '@nestjs/common';
import mongoose from 'mongoose';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { TooBusy } from '../domain-error.js';

/** Twenty upserts of one new key at once need three or four on DocumentDB. */
const TRIES = 10;
/** Milliseconds. Each pause is drawn at random below a bound that doubles from this to `LONGEST`. */
const SHORTEST = 10;
const LONGEST = 200;

/** MongoDB's WriteConflict; MaxTimeMSExpired, by which DocumentDB ends a deadlock. */
const COLLISIONS: readonly unknown[] = [112, 50];

const logger = new Logger('Throttle');
const under = new AsyncLocalStorage<{ tries: number }>();

/** What the limiter uses of a collection. */
type Counters = Pick<mongoose.Collection, 'findOneAndUpdate' | 'findOne' | 'deleteOne'>;

/** Carries out one step whose upserts go through a `bounded` collection: all of them share its tries. */
export function insisting<T>(step: () => Promise<T>): Promise<T> {
  return under.run({ tries: 0 }, step);
}

/**
 * A collection whose upserts are tried again while others of the same key are in their way. The
 * limiter repeats an upsert that ended with 11000 by itself and without end: such tries count, too.
 * What it throws in the end is `TooBusy`.
 */
export function bounded(collection: Counters): object {
  return {
    findOne: collection.findOne.bind(collection),
    deleteOne: collection.deleteOne.bind(collection),
    findOneAndUpdate: async (...command: Parameters<Counters['findOneAndUpdate']>) => {
      const count = under.getStore() ?? { tries: 0 };
      for (;;) {
        if (count.tries === TRIES) throw new TooBusy();
        await pause(count.tries++);
        try {
          return await collection.findOneAndUpdate(...command);
        } catch (error) {
          const code = error instanceof mongoose.mongo.MongoServerError ? error.code : undefined;
          if (count.tries === TRIES)
            logger.warn(`${TRIES} upserts of one key failed, code ${code}`);
          if (!COLLISIONS.includes(code)) throw error;
        }
      }
    },
  };
}

// No pause before the first two: the upsert itself, and the one that the limiter repeats after 11000.
async function pause(tries: number): Promise<void> {
  if (tries > 1) await delay(Math.random() * Math.min(LONGEST, SHORTEST * 2 ** tries));
}
