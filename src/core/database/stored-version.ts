import type { Connection } from 'mongoose';
import { upsertIn } from './collisions.js';
import { placed } from './error-facts.js';
import { UnusableDatabase } from './failures.js';

/**
 * The version of what is stored, raised by each change of names or shapes that older code can't read. 2:
 * accounts carry a revision, identities one key. 3: accounts carry their sessions. 4: accounts
 * have a place at their address.
 */
export const STORED_VERSION = 4;

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

/** @throws OtherStoredVersion when there are accounts of another version */
export async function demandStoredVersion(connection: Connection): Promise<void> {
  const found = await placed(versionsIn(connection), 'findOne', (versions) =>
    versions.findOne({ _id: VERSION_ID }),
  );
  if (found?.version === STORED_VERSION) return;
  // A collection of somebody else's has no such field; its own sentence comes with the indexes.
  const ours = { usernameCanonical: { $exists: true } };
  const options = { projection: { _id: 1 } };
  const account = () =>
    placed(connection.collection('users'), 'findOne', (users) => users.findOne(ours, options));
  if (found || (await account())) throw new OtherStoredVersion(found?.version);
}

/** Notes that what is stored from now on is of this version. */
export async function markStoredVersion(connection: Connection): Promise<void> {
  const version = { $setOnInsert: { version: STORED_VERSION } };
  await upsertIn(VERSION_COLLECTION, () =>
    placed(versionsIn(connection), 'updateOne', (versions) =>
      versions.updateOne({ _id: VERSION_ID }, version, { upsert: true }),
    ),
  );
}

function versionsIn(connection: Connection) {
  return connection.collection<{ _id: string; version: number }>(VERSION_COLLECTION);
}
