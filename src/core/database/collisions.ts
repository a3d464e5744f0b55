import { Logger } from '@nestjs/common';
import mongoose from 'mongoose';
import { setTimeout as delay } from 'node:timers/promises';
import { TooBusy } from '../domain-error.js';

/** Twenty upserts of one new key at once need three or four tries on DocumentDB. */
const MOST = 10;
/** Duplicate key; WriteConflict; MaxTimeMSExpired, by which DocumentDB ends a deadlock. */
const CODES: readonly unknown[] = [11000, 112, 50];
/** Milliseconds. Each pause is drawn at random below a bound that doubles from the first to the second. */
const SHORTEST = 10;
const LONGEST = 200;

/** Whether a write met another one of the same key and was not carried out. */
export function isCollision(error: unknown): error is mongoose.mongo.MongoServerError {
  return error instanceof mongoose.mongo.MongoServerError && CODES.includes(error.code);
}

/**
 * Carries out an upsert, and tries it again when it met another one of the same key: which of the codes a
 * server tells that by depends on the server.
 *
 * @throws TooBusy when it met others each time
 */
export async function upsertIn<T>(collection: string, upsert: () => Promise<T>): Promise<T> {
  const collisions = new Collisions(collection);
  for (;;) {
    try {
      return await upsert();
    } catch (error) {
      if (!isCollision(error)) throw error;
      await collisions.another(error.code);
    }
  }
}

/** How often one write met others: the bound of every loop that tries such a write again. */
export class Collisions {
  private readonly logger = new Logger('Database');
  private met = 0;

  constructor(private readonly collection: string) {}

  /**
   * Counts one, and waits before the next try. The first try is repeated at once: it tells what the other
   * one wrote.
   *
   * @throws TooBusy when there were too many
   */
  async another(code: unknown): Promise<void> {
    if (++this.met >= MOST) {
      this.logger.warn(
        `${MOST} writes of one key of ${this.collection} failed, code ${String(code)}`,
      );
      throw new TooBusy(`The database could not carry out a write of ${this.collection}`);
    }
    if (this.met > 1) await pause(this.met);
  }
}

/** Waits before a try that comes after so many. */
export async function pause(round: number): Promise<void> {
  await delay(SHORTEST + Math.random() * Math.min(LONGEST, SHORTEST * 2 ** round));
}
