import { startEmbeddedMongo } from '@latchkey/embedded-mongodb';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/paths.js';
import { DATABASE, patient } from './database-address.js';

/** One server for all tests: the one that MONGODB_URI names, else an embedded one in a new folder. */
export default async function globalSetup(): Promise<void> {
  // The compiler alone does not make the static files.
  execFileSync(process.execPath, [join(projectRoot, 'scripts/assets.js')]);
  const outside = process.env['MONGODB_URI'];
  if (outside) {
    const url = new URL(outside);
    url.pathname = `/${DATABASE}`;
    process.env['TEST_MONGODB_URI'] = patient(url.href);
    return;
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  const mongo = await startEmbeddedMongo({ dataDir });
  process.env['TEST_MONGODB_URI'] = patient(mongo.uri(DATABASE));
  stop = async () => {
    await mongo.close();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

let stop: (() => Promise<void>) | undefined;

/** Ends what `globalSetup` started. */
export async function globalTeardown(): Promise<void> {
  await stop?.();
}
