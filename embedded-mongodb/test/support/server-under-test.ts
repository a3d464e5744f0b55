import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Collection, MongoClient, type Db } from 'mongodb';
import { startEmbeddedMongo } from '../../src/index.js';

/** A server and a database of its own for one test file. */
export interface ServerUnderTest {
  readonly uri: string;
  readonly client: MongoClient;
  readonly db: Db;
  close(): Promise<void>;
}

const named = process.env['MONGODB_URI'];

/** The address of a real MongoDB, when the suite is to run against one. */
export const realMongo = named === 'embedded' ? undefined : named;

/** Starts the embedded server in a new folder, or connects to the one that `MONGODB_URI` names. */
export async function serverUnderTest(name: string): Promise<ServerUnderTest> {
  const database = `test_${name}_${process.pid}`;
  if (realMongo) {
    const uri = realMongo.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${database}`);
    return connected(uri, database, async () => {});
  }
  const dataDir = temporaryFolder();
  const server = await startEmbeddedMongo({ dataDir });
  return connected(server.uri(database), database, async () => {
    await server.close();
    rmSync(dataDir, { recursive: true });
  });
}

async function connected(
  uri: string,
  database: string,
  stop: () => Promise<void>,
): Promise<ServerUnderTest> {
  const client = new MongoClient(uri);
  await client.connect();
  const db = client.db(database);
  return {
    uri,
    client,
    db,
    async close() {
      await db.dropDatabase();
      await client.close();
      await stop();
    },
  };
}

/** A new folder that the test removes. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'embedded-mongodb-test-'));
}

/**
 * Cases that only make sense for the embedded server. Against a real MongoDB they are reported as
 * not applicable, by one case that says so.
 */
export function describeEmbedded(name: string, cases: () => void): void {
  if (!realMongo) describe(name, cases);
  else
    describe(name, () => {
      it('is not applicable to a real MongoDB', () => {});
    });
}

/** What a refused promise was refused with. */
export async function refusal(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  const error: unknown = await promise.then(
    () => {
      throw new Error('expected a refusal');
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('refused with something that is no error');
  return { ...error, message: error.message };
}

/** Waits for what comes about by itself, at most a minute and a half. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 90_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('It never came about');
    await sleep(50);
  }
}

/**
 * How many documents a collection has; -1 while nobody answers. A command that the driver writes in
 * the very moment in which its connection ends is never answered: the next one is.
 */
export const counted = async (collection: Collection): Promise<number> =>
  Promise.race([collection.countDocuments().catch(() => -1), sleep(1_000, -1)]);
