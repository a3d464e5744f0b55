import mongoose, { type IndexDefinition, type IndexOptions } from 'mongoose';
import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { activitySchema } from '../../activity/activity.schema.js';
import { MINUTE, SECOND, SystemClock } from '../../core/clock.js';
import { Database } from '../../core/database/database.js';
import type { DatabaseSettings } from '../../core/database/database.settings.js';
import { throttleCollection } from '../../core/throttle/throttle.js';
import { reasonOf } from '../../core/database/error-facts.js';
import { collectionOf } from '../../core/database/indexes.js';
import { withoutSecrets } from '../../core/database/mongodb-uri.js';
import { probe, type ProbeResult, sweepProbes } from '../../core/database/probe/probe.js';
import { buildInfoOf, dbOf, helloOf } from '../../core/database/probe/server-facts.js';
import { backlogIn, describeBacklog } from '../../core/mail/backlog.js';
import { mailSchema } from '../../core/mail/mail.schema.js';
import { oneTimeCollection } from '../../core/one-time/one-time-records.js';
import { deletions } from '../../users/mongoose/untold-records.js';
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

/** A mail server that greylists takes a mail after some minutes; longer than that, something is wrong. */
const LONG_WAIT = 30 * MINUTE;

/** MongoDB's code for a collection that is not there: one is made with its first index. */
const NAMESPACE_NOT_FOUND = 26;

/**
 * Looks at the database, and tries in a collection of its own what the application needs. An embedded
 * one that does not run is started for it and stopped. What one check can't find out leaves the others
 * alone.
 */
export async function checkDatabase(settings: DatabaseSettings): Promise<Finding[]> {
  if (settings.mongodbUri === '' && !existsSync(settings.dataDir)) {
    return [ok('database', 'the first start makes the embedded one')];
  }
  const connection = mongoose.createConnection();
  const database = new Database(settings, connection, new SystemClock());
  try {
    await database.open();
    // The one that the application uses: an address may name none, and the driver's default is another.
    const db = dbOf(connection);
    let usable = false;
    const able = await checked('abilities', async () => {
      await sweepProbes(db);
      const result = await probe(connection, { log: note, warn: note });
      usable = result?.failures.length === 0;
      return abilitiesIn(result);
    });
    return [
      ...(await checked('database', () => checkServer(db, settings))),
      ...(await checked('clock', () => checkClock(db))),
      ...able,
      ...(await checked('indexes', () => checkIndexes(db, usable))),
      ...(await checked('mails', () => checkBacklog(db))),
    ];
  } catch (cause) {
    return [error('database', `${addressOf(settings)} can't be used: ${reasonOf(cause)}`)];
  } finally {
    await database.onApplicationShutdown();
  }
}

async function checked(topic: string, check: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await check();
  } catch (cause) {
    return [warning(topic, `could not be found out: ${reasonOf(cause)}`)];
  }
}

async function checkServer(db: Db, settings: DatabaseSettings): Promise<Finding[]> {
  const place = `database "${db.databaseName}"`;
  const version: unknown = (await buildInfoOf(db))?.['version'];
  return typeof version === 'string'
    ? [ok('database', `${addressOf(settings)}, version ${version}, ${place}`)]
    : [warning('database', `${addressOf(settings)}, ${place}; the server tells no version`)];
}

async function checkClock(db: Db): Promise<Finding[]> {
  const before = Date.now();
  const { localTime } = await helloOf(db);
  const time = Number(localTime);
  return Number.isFinite(time) && time > 0
    ? [compareClocks(time, (before + Date.now()) / 2)]
    : [warning('clock', 'could not be found out: the server does not tell its time.')];
}

function abilitiesIn(result: ProbeResult | null): Finding[] {
  if (result === null) {
    return [
      warning(
        'abilities',
        'could not be tried: the user of MONGODB_URI may not make a collection.',
      ),
    ];
  }
  const { failures, takesRetries } = result;
  if (failures.length > 0) {
    return failures.map((demand) =>
      error('abilities', `the server fails at ${demand}: a start refuses it.`),
    );
  }
  return takesRetries
    ? [ok('abilities', 'the server can do what is needed')]
    : [
        warning(
          'abilities',
          'the server can do what is needed, but carries out twice what is sent again after a cut connection: it is used with retryWrites=false.',
        ),
      ];
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

async function checkIndexes(db: Db, usable: boolean): Promise<Finding[]> {
  const wanted = expectedIndexes();
  const collections = new Set(wanted.map(({ collection }) => collection));
  const found = await Promise.all([...collections].map((name) => indexesOf(db, name)));
  const findings = wanted.flatMap((index) => compare(index, found.flat(), usable));
  return findings.length > 0 ? findings : [ok('indexes', `all ${wanted.length} are there`)];
}

async function checkBacklog(db: Db): Promise<Finding[]> {
  const now = new Date();
  const backlog = await backlogIn(db);
  const text = describeBacklog(backlog, now);
  const age = backlog.since ? now.getTime() - backlog.since.getTime() : 0;
  return age < LONG_WAIT
    ? [ok('mails', text)]
    : [warning('mails', `${text}: each is tried for a day. See the log, and what mail says here.`)];
}

// Standard output holds the findings alone.
function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Every index that a start makes. */
export function expectedIndexes(): Index[] {
  const schemas = [userSchema, mailSchema, activitySchema].map(collectionOf);
  const declared = [...schemas, oneTimeCollection, throttleCollection, deletions];
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

function compare(wanted: Index, found: readonly Index[], usable: boolean): Finding[] {
  const there = found.find(
    ({ collection, key }) =>
      collection === wanted.collection && JSON.stringify(key) === JSON.stringify(wanted.key),
  );
  const name = `${wanted.collection} ${JSON.stringify(wanted.key)}`;
  const kind = optionsOf(wanted);
  const called = Object.keys(kind).length > 0 ? `${name} with ${JSON.stringify(kind)}` : name;
  // Where nobody knows whether a start gets so far, none is promised; and documents of before may break one.
  const remedy = usable ? ': the next start builds it, unless what is stored breaks it.' : '.';
  if (!there) return [warning('indexes', `${called} is missing${remedy}`)];
  if (isDeepStrictEqual(optionsOf(there), kind)) return [];
  return [error('indexes', `${called} has other options: drop it, so that a start can build it.`)];
}

// What an index guarantees; the rest is its name and its version.
function optionsOf({ options }: Index): object {
  const { unique, expireAfterSeconds, partialFilterExpression } = options;
  return JSON.parse(
    JSON.stringify({ unique, expireAfterSeconds, partialFilterExpression }),
  ) as object;
}

function addressOf({ mongodbUri, dataDir }: DatabaseSettings): string {
  return mongodbUri === '' ? `the embedded one in ${dataDir}` : withoutSecrets(mongodbUri);
}
