import { startEmbeddedMongo } from '@latchkey/embedded-mongodb';
import mongoose from 'mongoose';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withoutSecrets } from '../../src/core/database/mongodb-uri.js';
import { projectRoot } from '../../src/core/paths.js';
import { DATABASE, patient, withPlaceForName } from './database-address.js';

/** The databases of this run begin with it, so that none of anybody else's is removed. */
const OURS = `test-${randomBytes(4).toString('hex')}-`;

/** One server for all tests: the one that MONGODB_URI names, else an embedded one in a new folder. */
export default async function globalSetup(): Promise<void> {
  process.env['TEST_DATABASES'] = OURS;
  // The compiler alone does not make the static files.
  for (const script of ['scripts/assets.js', 'scripts/templates.js']) {
    execFileSync(process.execPath, [join(projectRoot, script)]);
  }
  const outside = process.env['MONGODB_URI'];
  if (outside) {
    process.env['TEST_MONGODB_URI'] = patient(withPlaceForName(outside));
    stop = await useServer(outside);
    return;
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  const mongo = await startEmbeddedMongo({ dataDir });
  process.env['TEST_MONGODB_URI'] = patient(mongo.uri(DATABASE));
  say('an embedded one of their own');
  stop = async () => {
    await mongo.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

let stop: (() => Promise<void>) | undefined;

/** Ends what `globalSetup` started, and removes what the tests left on a server of somebody else's. */
export async function globalTeardown(): Promise<void> {
  await stop?.();
}

/** @throws when the server does not answer within the driver's half minute */
async function useServer(uri: string): Promise<() => Promise<void>> {
  const connection = await mongoose.createConnection(uri).asPromise();
  const { version } = (await connection.db?.command({ buildInfo: 1 })) ?? {};
  say(`${withoutSecrets(uri)}, which calls itself version ${version}`);
  return async () => {
    const { databases } = await connection.listDatabases();
    for (const { name } of databases) {
      if (name.startsWith(OURS)) await connection.useDb(name).dropDatabase();
    }
    await connection.close();
  };
}

function say(server: string): void {
  process.stdout.write(`The database of the tests: ${server}\n`);
}
