import type { Logger } from '@nestjs/common';
import mongoose, { type Connection } from 'mongoose';
import { MINUTE } from '../../clock.js';
import { randomId } from '../../crypto/random.js';
import { reasonOf } from '../error-facts.js';
import { buildIndex } from '../indexes.js';
import { isOutage } from '../outage.js';
import { DUPLICATES } from './duplicates.trials.js';
import { LISTS } from './lists.trials.js';
import { RACES } from './races.trials.js';
import { ProbeCollection, type ProbeDocument } from './probe-collection.js';
import { takesRetries } from './retries.js';
import { dbOf } from './server-facts.js';
import { INDEXES } from './trial.js';

type Db = mongoose.mongo.Db;

const UNAUTHORIZED = 13;

const PREFIX = 'probe-';
/** Longer than any probe takes whose process still runs: four indexes that are waited for. */
const LEFT_OVER = 60 * MINUTE;

/** What was found out about a server. */
export interface ProbeResult {
  /** What it fails at, in a few words each; empty for a server that can be used. */
  readonly failures: readonly string[];
  /** Whether it can be used and carries out once what the driver sends again after a cut connection. */
  readonly takesRetries: boolean;
}

/**
 * Tries what the application needs of a server, in a collection that is made for it and dropped.
 *
 * @returns null when it could not be tried: the user may not make collections
 * @throws an error that means an outage
 */
export async function probe(
  connection: Connection,
  logger: Pick<Logger, 'log' | 'warn'>,
): Promise<ProbeResult | null> {
  const name = `${PREFIX}${Date.now()}-${randomId()}`;
  const collection = new ProbeCollection(dbOf(connection).collection<ProbeDocument>(name));
  let refused = false;
  try {
    const unbuilt = [];
    for (const { demand, index } of INDEXES) {
      unbuilt.push(await failureAt(demand, () => buildIndex(collection.driver, index, logger)));
    }
    const failed = await allEnded(
      [...DUPLICATES, ...LISTS, ...RACES].map((trial) =>
        failureAt(trial.demand, () => trial.run(collection)),
      ),
    );
    const failures = [...unbuilt, ...failed].filter((failure) => failure !== null);
    // A server that fails is used in no way.
    const retries = failures.length === 0 && (await takesRetries(connection, collection));
    return { failures, takesRetries: retries };
  } catch (error) {
    refused = isUnauthorized(error);
    if (refused) return null;
    throw error;
  } finally {
    await collection.drop().catch((error: unknown) => {
      // The user may neither make collections nor drop them: none was made.
      if (refused && isUnauthorized(error)) return;
      logger.warn(`The collection ${name} is left behind: ${reasonOf(error)}`);
    });
  }
}

/**
 * Removes what a probe left behind whose process was killed. A user who may not list or drop collections
 * leaves that to another one.
 */
export async function sweepProbes(db: Db): Promise<void> {
  try {
    const names = await db.listCollections({}, { nameOnly: true }).toArray();
    for (const { name } of names) {
      const [, begun] = /^probe-(\d+)-\w+$/.exec(name) ?? [];
      const old = begun !== undefined && Date.now() - Number(begun) > LEFT_OVER;
      if (old) await db.dropCollection(name);
    }
  } catch (error) {
    if (!(error instanceof mongoose.mongo.MongoServerError)) throw error;
  }
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof mongoose.mongo.MongoServerError && error.code === UNAUTHORIZED;
}

/**
 * As `Promise.all`, but waits for every one, since the collection is dropped afterwards.
 *
 * @throws what the first of them failed by
 */
async function allEnded<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const all = Promise.all(work);
  await Promise.allSettled([all, ...work]);
  return all;
}

async function failureAt(
  demand: string,
  attempt: () => Promise<boolean | void>,
): Promise<string | null> {
  try {
    return (await attempt()) === false ? demand : null;
  } catch (error) {
    if (isOutage(error)) throw error;
    return `${demand} (${reasonOf(error)})`;
  }
}
