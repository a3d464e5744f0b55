import mongoose, { type IndexDefinition, type IndexOptions } from 'mongoose';
import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { SECOND } from '../../core/clock.js';
import { Database } from '../../core/database/database.js';
import type { DatabaseSettings } from '../../core/database/database.settings.js';
import { throttleCollection } from '../../core/throttle/throttle.js';
import { collectionOf } from '../../core/database/indexes.js';
import { oneTimeSchema } from '../../core/one-time/one-time.schema.js';
import { userSchema } from '../../users/mongoose/user.schema.js';
import { error, type Finding, ok, warning } from './finding.js';

type Db = mongoose.mongo.Db;

interface Index {
  readonly collection: string;
  readonly key: IndexDefinition;
  readonly options: IndexOptions;
}

/** Beyond this, limits and sessions of several machines end at visibly different times. */
const TOLERANCE = 5 * SECOND;

/** MongoDB's code for a collection that is not there: one is made with its first index. */
const NAMESPACE_NOT_FOUND = 26;

/** Reads from the database; an embedded one that does not run is started for it and stopped. */
export async function checkDatabase(settings: DatabaseSettings): Promise<Finding[]> {
  if (settings.mongodbUri === '' && !existsSync(settings.dataDir)) {
    return [ok('database', 'the first start makes the embedded one')];
  }
  const connection = mongoose.createConnection();
  const database = new Database(settings, connection);
  try {
    await database.open();
    // The one that the application uses: an address may name none, and the driver's default is another.
    const { db } = connection;
    if (!db) throw new Error('the connection was closed');
    return [await checkServer(db, settings), await checkClock(db), ...(await checkIndexes(db))];
  } catch (cause) {
    return [error('database', `${addressOf(settings)} can't be used: ${reasonOf(cause)}`)];
  } finally {
    await database.onApplicationShutdown();
  }
}

async function checkServer(db: Db, settings: DatabaseSettings): Promise<Finding> {
  const { version } = await db.command({ buildInfo: 1 });
  return ok(
    'database',
    `${addressOf(settings)}, version ${version}, database "${db.databaseName}"`,
  );
}

async function checkClock(db: Db): Promise<Finding> {
  const before = Date.now();
  const { localTime } = (await db.command({ hello: 1 })) as unknown as { localTime: Date };
  return compareClocks(localTime.getTime(), (before + Date.now()) / 2);
}

/** In milliseconds since 1970. */
export function compareClocks(database: number, here: number): Finding {
  const apart = Math.abs(database - here);
  return apart <= TOLERANCE
    ? ok('clock', "agrees with the database's")
    : warning(
        'clock',
        `${Math.round(apart / SECOND)} seconds apart from the database's: set both by NTP.`,
      );
}

async function checkIndexes(db: Db): Promise<Finding[]> {
  const wanted = expectedIndexes();
  const collections = new Set(wanted.map(({ collection }) => collection));
  const found = await Promise.all([...collections].map((name) => indexesOf(db, name)));
  const findings = wanted.flatMap((index) => compare(index, found.flat()));
  return findings.length > 0 ? findings : [ok('indexes', `all ${wanted.length} are there`)];
}

/** Every index that a start makes. */
export function expectedIndexes(): Index[] {
  const declared = [...[userSchema, oneTimeSchema].map(collectionOf), throttleCollection];
  return declared.flatMap(({ collection, indexes }) =>
    indexes.map(([key, options = {}]) => ({ collection, key, options })),
  );
}

async function indexesOf(db: Db, collection: string): Promise<Index[]> {
  try {
    const found = await db.collection(collection).listIndexes().toArray();
    return found.map(({ key, ...options }) => ({ collection, key, options: options as object }));
  } catch (cause) {
    if ((cause as { code?: unknown }).code === NAMESPACE_NOT_FOUND) return [];
    throw cause;
  }
}

function compare(wanted: Index, found: readonly Index[]): Finding[] {
  const there = found.find(
    ({ collection, key }) =>
      collection === wanted.collection && JSON.stringify(key) === JSON.stringify(wanted.key),
  );
  const name = `${wanted.collection} ${JSON.stringify(wanted.key)}`;
  const kind = optionsOf(wanted);
  const called = Object.keys(kind).length > 0 ? `${name} with ${JSON.stringify(kind)}` : name;
  if (!there) return [warning('indexes', `${called} is missing: the next start makes it.`)];
  if (isDeepStrictEqual(optionsOf(there), kind)) return [];
  return [error('indexes', `${called} has other options: drop it, and the next start makes it.`)];
}

// What an index guarantees; the rest is its name and its version.
function optionsOf({ options }: Index): object {
  const { unique, expireAfterSeconds, partialFilterExpression } = options;
  return JSON.parse(
    JSON.stringify({ unique, expireAfterSeconds, partialFilterExpression }),
  ) as object;
}

// Without name, password and options: up to the last @, since a password that is not escaped may hold one.
function addressOf({ mongodbUri, dataDir }: DatabaseSettings): string {
  return mongodbUri === ''
    ? `the embedded one in ${dataDir}`
    : mongodbUri.replace(/\/\/.*@/, '//').replace(/\?.*/, '');
}

// The driver quotes an address that it can't read.
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.replace(/\/\/.*@/g, '//');
}
