import type { Connection } from 'mongoose';
import { UnusableDatabase } from './failures.js';

/**
 * The version of what is stored, raised by each change of names or shapes that older code can't read. 2:
 * accounts carry a revision, identities one key.
 */
export const STORED_VERSION = 2;

/** Where the version stands. */
export const VERSION_COLLECTION = 'latchkey';
const VERSION_ID = 'stored-version';

/** The database holds what another version of the application wrote; waiting does not help. */
export class OtherStoredVersion extends UnusableDatabase {
  /** @param found undefined: of before there were versions */
  constructor(found: number | undefined) {
    super(
      `The database was written by ${found === undefined || found < STORED_VERSION ? 'an older' : 'a newer'} version of this application (stored version ${found ?? 1}, this one reads ${STORED_VERSION}). Nothing was changed. Start it with the version that wrote it, or give this one a new database: another DATA_DIR, or another name in MONGODB_URI.`,
    );
  }
}

/**
 * Marks a database without accounts as of this version, and changes nothing else.
 *
 * @throws OtherStoredVersion
 */
export async function demandStoredVersion(connection: Connection): Promise<void> {
  const versions = connection.collection<{ _id: string; version: number }>(VERSION_COLLECTION);
  const found = await versions.findOne({ _id: VERSION_ID });
  if (found?.version === STORED_VERSION) return;
  if (found || (await connection.collection('users').findOne({}, { projection: { _id: 1 } }))) {
    throw new OtherStoredVersion(found?.version);
  }
  await versions.updateOne(
    { _id: VERSION_ID },
    { $setOnInsert: { version: STORED_VERSION } },
    { upsert: true },
  );
}
