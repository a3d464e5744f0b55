import mongoose from 'mongoose';
import { isDuplicate } from './duplicate-key.js';
import { factsOf, reasonOf } from './error-facts.js';

const { MongoServerError } = mongoose.mongo;

const WRONG_CREDENTIALS: readonly unknown[] = [18, 8000];
const UNAUTHORIZED = 13;
/** An index of this name or key is there with other options. */
const INDEX_CONFLICTS: readonly unknown[] = [85, 86];

/**
 * A server says itself that it lacks a command, a feature or a mechanism: waiting changes nothing. Codes
 * of a command that it does not understand (2, 9, 14, 67, 72, 197) are left out: it may be a mistake of
 * ours, and whether the server lacks something is what the probe tells.
 */
const LACKING: readonly unknown[] = [59, 115, 238, 303, 334];

/** The driver's own errors that say that it can't work with this server or this address. */
const UNFIT = [
  'MongoCompatibilityError',
  'MongoParseError',
  'MongoInvalidArgumentError',
  'MongoMissingCredentialsError',
  'MongoMissingDependencyError',
  'MongoAPIError',
];

const TELLING = ['MongoCompatibilityError', 'MongoMissingDependencyError'];

/** Why the database can't be used: its message is a sentence that says what to do, too. */
export class DatabaseFailure extends Error {}

/** A database that can't be used however long one waits. */
export class UnusableDatabase extends DatabaseFailure {}

/** Whether an error of a start can go away by itself or by what an operator does to the server. */
export function canHeal(error: unknown): boolean {
  if (error instanceof DatabaseFailure) return !(error instanceof UnusableDatabase);
  if (error instanceof MongoServerError) return !LACKING.includes(error.code);
  return !UNFIT.includes(causeOf(error).name);
}

/** Why the database can't be used, and what to do: one line, no secret, no value. */
export function sentenceOf(error: unknown): string {
  if (error instanceof DatabaseFailure) return error.message;
  const cause = causeOf(error);
  // These speak of versions and packages, not of what was stored.
  const reason = TELLING.includes(cause.name) ? cause.message : reasonOf(cause);
  const code = error instanceof MongoServerError ? error.code : undefined;
  const { collection = '?', index = '?' } = factsOf(error);
  if (WRONG_CREDENTIALS.includes(code)) {
    return `The server refuses the user or the password of MONGODB_URI (code ${code}): correct them there, percent-encoded, with the database that the user belongs to (authSource=admin), or correct the user on the server.`;
  }
  if (code === UNAUTHORIZED) {
    return `The user of MONGODB_URI may not do what is needed (${reason}): give it the role readWrite for the database.`;
  }
  if (INDEX_CONFLICTS.includes(code)) {
    return `The collection ${collection} has an index ${index} with other options: drop it, and it is built as it has to be.`;
  }
  if (isDuplicate(error)) {
    return `Two documents of the collection ${collection} hold the same value, and the index ${index} forbids it: change or remove one of them.`;
  }
  return canHeal(error)
    ? `The database is not usable yet: ${reason}`
    : `This server can't be used: ${reason}. Use MongoDB 4.4 or newer, or one that docs/databases.md names, and set MONGODB_URI.`;
}

/** What tells one trouble from another: the same one need not be told again and again. */
export function troubleOf(error: unknown): string {
  if (error instanceof DatabaseFailure) return error.message;
  const { name, code = '' } = factsOf(causeOf(error));
  return `${name} ${code}`;
}

// While it looks for a server, the driver keeps what it found beside each address.
function causeOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const { reason } = error as { reason?: Partial<mongoose.mongo.TopologyDescription> };
  const found = [...(reason?.servers?.values() ?? [])].map((server) => server.error);
  return found.find((each) => each !== null && UNFIT.includes(each.name)) ?? error;
}
