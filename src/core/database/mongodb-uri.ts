import mongoose from 'mongoose';
import { SECOND } from '../clock.js';

/** The database when MONGODB_URI names none; the embedded server's, too. */
export const DEFAULT_DATABASE = 'latchkey';

/**
 * Milliseconds. Longest wait for one answer, and for a server to be found. The driver tries a read
 * once more after a failure, so the page for an outage comes within twice this, below 5 seconds.
 */
const PATIENCE = 2 * SECOND;

/** What MONGODB_URI may set otherwise; the page for an outage comes that much later then. */
const LIMITS = {
  serverSelectionTimeoutMS: PATIENCE,
  connectTimeoutMS: PATIENCE,
  socketTimeoutMS: PATIENCE,
  // A new connection with TLS 1.2 and a password takes five exchanges: 2 seconds on a slow link.
  waitQueueTimeoutMS: PATIENCE + SECOND,
  heartbeatFrequencyMS: 2 * SECOND,
  maxPoolSize: 50,
};

/** A secondary may lag behind: a session that was ended would go on there. */
const READ_PREFERENCE = /^(readPreference|readPreferenceTags|maxStalenessSeconds)=/i;

/** What an address that was copied from documentation still holds. */
const PLACEHOLDER =
  /<[\w -]+>|\$?\{+\w+\}+|\b(?:your|my)[-_ ]?(?:username|user|password|cluster)\b/i;

/** How to open the one connection. */
export interface Opening {
  readonly uri: string;
  readonly options: mongoose.ConnectOptions;
  /** Whether the address names the database itself. */
  readonly named: boolean;
}

/** Reads an address that has no problems. */
export function openingOf(address: string): Opening {
  const { head, parameters } = partsOf(address);
  const kept = parameters.filter((each) => !READ_PREFERENCE.test(each));
  const given = new Set(kept.map((each) => each.split('=')[0]?.toLowerCase()));
  const limits = Object.entries(LIMITS).filter(([name]) => !given.has(name.toLowerCase()));
  const named = /\/\/[^/]*\/./.test(head);
  return {
    uri: kept.length > 0 ? `${head}?${kept.join('&')}` : head,
    named,
    options: {
      ...(Object.fromEntries(limits) as typeof LIMITS),
      ...(!named && { dbName: DEFAULT_DATABASE }),
      bufferCommands: false,
      autoIndex: false,
      autoCreate: false,
    },
  };
}

/** @returns a sentence for each mistake in MONGODB_URI, no secret quoted */
export function uriProblems(address: string): string[] {
  const [placeholder] = PLACEHOLDER.exec(address) ?? [];
  if (placeholder !== undefined) {
    return [`MONGODB_URI still holds the placeholder ${placeholder}: put the real value there.`];
  }
  try {
    // Reads the address and connects to nothing.
    const { writeConcern } = new mongoose.mongo.MongoClient(address).options;
    if (writeConcern?.w !== 0) return [];
    return ['MONGODB_URI asks for writes that nobody confirms: take w=0 out of it.'];
  } catch (error) {
    const why = quotable(error, address);
    return [
      `MONGODB_URI can't be read${why}. It has the form mongodb://user:password@host:27017/database; a sign such as @, :, / or % in the user or the password is percent-encoded.`,
    ];
  }
}

/** Without name, password and options: up to the last @, since a password that is not escaped may hold one. */
export function withoutSecrets(address: string): string {
  return address.replace(/\/\/.*@/, '//').replace(/\?.*/, '');
}

function partsOf(address: string): { head: string; parameters: string[] } {
  const [head = '', query = ''] = address.split(/\?(.*)/s);
  return { head, parameters: query.split('&').filter((each) => each !== '') };
}

// The driver quotes what it can't read.
function quotable(error: unknown, address: string): string {
  const message = error instanceof Error ? error.message : '';
  const [, user = ''] = /\/\/(.*)@/s.exec(address) ?? [];
  const secrets = user.split(/[:@/]/).filter((each) => each !== '');
  const quotes = message.includes(address) || secrets.some((each) => message.includes(each));
  return message === '' || quotes ? '' : ` (${message})`;
}
