import mongoose, { type Connection } from 'mongoose';
import { isOutage } from '../outage.js';
import { PATIENCE, type ProbeCollection } from './probe-collection.js';
import { named } from './trial.js';

const { Long, MongoCompatibilityError, MongoServerError } = mongoose.mongo;

/** A standalone server takes no numbered writes, and the driver sends it none. */
const ILLEGAL_OPERATION = 20;

/**
 * Sends one write twice, as the driver does after a cut connection: with the same session and number.
 *
 * @returns whether the driver may do that: the server carries it out once, or is never asked to
 */
export async function takesRetries(
  connection: Connection,
  collection: ProbeCollection,
): Promise<boolean> {
  await collection.insertOne(named('retry', { count: 0 }));
  const session = await connection.startSession();
  try {
    // The driver counts on from here: a number used twice would make the server drop its next write.
    const number = ++session.serverSession.txnNumber;
    const update = { q: { _id: 'retry' }, u: { $inc: { count: 1 } } };
    for (let sent = 0; sent < 2; sent++) {
      const write = {
        update: collection.driver.collectionName,
        updates: [update],
        txnNumber: Long.fromNumber(number),
      };
      await connection.db?.command(write, { ...PATIENCE, session });
    }
  } catch (error) {
    // It has no sessions at all.
    if (error instanceof MongoCompatibilityError) return true;
    // Away for now, which says nothing of what it can do.
    if (isOutage(error)) throw error;
    if (error instanceof MongoServerError) return error.code === ILLEGAL_OPERATION;
    throw error;
  } finally {
    await session.endSession();
  }
  return (await collection.findOne({ _id: 'retry' }))?.count === 1;
}
