import mongoose from 'mongoose';

const { MongoServerError } = mongoose.mongo;

type Db = mongoose.mongo.Db;
type Document = mongoose.mongo.Document;

const NO_SUCH_COMMAND = 59;

/** The embedded server's own mark; nobody else has it. */
const EMBEDDED = 'latchkey-embedded';

/** @returns what the server says of its version, or null when it does not tell */
export async function buildInfoOf(db: Db): Promise<Document | null> {
  try {
    return await db.command({ buildInfo: 1 });
  } catch (error) {
    if (error instanceof MongoServerError) return null;
    throw error;
  }
}

/** Its `hello`, also of a server that knows the older word alone. */
export async function helloOf(db: Db): Promise<Document> {
  try {
    return await db.command({ hello: 1 });
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.code !== NO_SUCH_COMMAND) throw error;
    return db.command({ isMaster: 1 });
  }
}

/** Whether it is the embedded server, which passes the probe in its tests. */
export function isEmbedded(buildInfo: Document | null): boolean {
  const modules: unknown = buildInfo?.['modules'];
  return Array.isArray(modules) && modules.includes(EMBEDDED);
}

/** What people call it: its own name, where it says it. */
export function nameOf(buildInfo: Document | null): string {
  const ferretDb = buildInfo?.['ferretdb'] as { version?: unknown } | undefined;
  if (ferretDb) return wordOf('FerretDB', ferretDb.version);
  const internal = buildInfo?.['internal'] as { documentdb_versions?: unknown } | undefined;
  if (internal?.documentdb_versions) return 'DocumentDB';
  const version: unknown = buildInfo?.['version'];
  return version === undefined
    ? 'This server'
    : `This server, which calls itself ${wordOf('MongoDB', version)},`;
}

// Another server's text, in a line of ours.
function wordOf(name: string, version: unknown): string {
  const word = typeof version === 'string' ? version.replace(/[^\w.+-]/g, '').slice(0, 40) : '';
  return word === '' ? name : `${name} ${word}`;
}
