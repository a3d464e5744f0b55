import type { Logger } from '@nestjs/common';
import type mongoose from 'mongoose';
import { MINUTE, SECOND } from '../clock.js';
import { type DeclaredIndex, indexName, isDuplicate } from './duplicate-key.js';
import { notePlace } from './error-facts.js';
import { DatabaseFailure } from './failures.js';

type Db = mongoose.mongo.Db;

/** A collection of ours, with what must be there before the first request. */
export interface DeclaredCollection {
  readonly collection: string;
  readonly indexes: readonly DeclaredIndex[];
}

/** @returns what Mongoose knows of a collection by its schema */
export function collectionOf(schema: SchemaIndexes): DeclaredCollection {
  return { collection: String(schema.get('collection')), indexes: schema.indexes() };
}

/** A schema of whatever documents. */
interface SchemaIndexes {
  get(option: 'collection'): unknown;
  indexes(): DeclaredIndex[];
}

/** A big collection takes minutes, and a server that builds by a queue takes seconds for an empty one. */
const LIMIT = 10 * MINUTE;
const WORTH_A_LINE = SECOND;

/**
 * Makes the indexes that are missing. Those of one collection are made one after the other, since a
 * server may refuse two builds at once.
 *
 * @throws the server's error, with its place noted
 */
export async function buildIndexes(
  db: Db,
  declared: readonly DeclaredCollection[],
  logger: Pick<Logger, 'log'>,
): Promise<void> {
  await Promise.all(
    declared.map(async ({ collection, indexes }) => {
      for (const index of indexes) await buildIndex(db.collection(collection), index, logger);
    }),
  );
}

/**
 * Makes one index, unless it is there.
 *
 * @throws the server's error, with its place noted
 */
export async function buildIndex<T extends mongoose.mongo.Document>(
  collection: mongoose.mongo.Collection<T>,
  [key, options]: DeclaredIndex,
  logger: Pick<Logger, 'log'>,
): Promise<void> {
  const name = options?.name ?? indexName(key);
  const place = `${name} of the collection ${collection.collectionName}`;
  const slow = setTimeout(() => logger.log(`Building index ${place}`), WORTH_A_LINE);
  try {
    // The driver takes this limit for every command, but its types tell of it for none.
    const patience: object = { socketTimeoutMS: LIMIT };
    // Mongoose declares keys and options in wider types than the driver; ours hold what both take.
    await collection.createIndex(key as mongoose.mongo.IndexSpecification, {
      ...(options as mongoose.mongo.CreateIndexesOptions),
      name,
      ...patience,
    });
  } catch (error) {
    const { collectionName } = collection;
    notePlace(error, { collection: collectionName, operation: 'createIndexes', index: name });
    if (isDuplicate(error) && !options?.partialFilterExpression) {
      await demandOurs(collection, key, error);
    }
    throw error;
  } finally {
    clearTimeout(slow);
  }
}

/** Documents of ours have every field that is unique without a condition. */
async function demandOurs(
  collection: Pick<mongoose.mongo.Collection, 'collectionName' | 'countDocuments'>,
  key: DeclaredIndex[0],
  cause: unknown,
): Promise<void> {
  const [field = ''] = Object.keys(key);
  const strangers = await collection.countDocuments({ [field]: { $exists: false } }, { limit: 2 });
  if (strangers < 2) return;
  throw new DatabaseFailure(
    `The collection ${collection.collectionName} holds documents without ${field}: it belongs to another application. Name a database of its own in MONGODB_URI.`,
    { cause },
  );
}
