import mongoose, { type Connection } from 'mongoose';

const { MongoNotConnectedError, MongoServerError } = mongoose.mongo;

type Db = mongoose.mongo.Db;
type Document = mongoose.mongo.Document;

const NO_SUCH_COMMAND = 59;

/** What the embedded server names among its modules, and no other server does. */
const EMBEDDED = 'latchkey-embedded';

/** @throws MongoNotConnectedError when the connection was closed meanwhile */
export function dbOf({ db }: Connection): Db {
  if (!db) throw new MongoNotConnectedError('the connection was closed');
  return db;
}

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
  const ferretDb: unknown = buildInfo?.['ferretdb'];
  if (ferretDb) return wordOf('FerretDB', fieldOf(ferretDb, 'version'));
  if (fieldOf(buildInfo?.['internal'], 'documentdb_versions')) return 'DocumentDB';
  const version: unknown = buildInfo?.['version'];
  return version === undefined
    ? 'This server'
    : `This server, which calls itself ${wordOf('MongoDB', version)},`;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

// The server chooses the text, and it stands in our log: only what a version is made of is kept.
function wordOf(name: string, version: unknown): string {
  const word = typeof version === 'string' ? version.replace(/[^\w.+-]/g, '').slice(0, 40) : '';
  return word === '' ? name : `${name} ${word}`;
}
