import type { Connection } from 'mongoose';
import type { DeclaredCollection } from '../../src/core/database/indexes.js';

/** Does what a server does from time to time by the TTL indexes of a collection, at a time of its own. */
export async function removeExpired(
  db: Connection,
  { collection, indexes }: DeclaredCollection,
  at: Date,
): Promise<void> {
  for (const [key, { expireAfterSeconds } = {}] of indexes) {
    if (expireAfterSeconds === undefined) continue;
    const end = new Date(at.getTime() - expireAfterSeconds * 1000);
    const [field = ''] = Object.keys(key);
    await db.collection(collection).deleteMany({ [field]: { $lt: end } });
  }
}
