import mongoose from 'mongoose';
import { PERSON } from './person.js';

/** Documents of one insert. */
const BATCH = 1_000;

/** @returns the user name of one of the accounts that `populate` makes */
export function usernameOf(account: number): string {
  return `account-${account}`;
}

/**
 * Fills a database with accounts that differ from the person's in names and id alone, so that all of
 * them can log in; the person has registered before.
 */
export async function populate(uri: string, count: number): Promise<void> {
  const client = await mongoose.mongo.MongoClient.connect(uri);
  try {
    const users = client.db().collection('users');
    const person = await users.findOne({ username: PERSON.username });
    if (!person) throw new Error('The person to copy has not registered');
    const { _id, ...account } = person;
    for (let first = 0; first < count; first += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, count - first) }, (_, index) =>
        renamed(account, usernameOf(first + index)),
      );
      // Each copy is an object as the account is.
      await users.insertMany(batch as object[]);
    }
  } finally {
    await client.close();
  }
}

/** @returns a copy in which the person's user name is another wherever it stands */
function renamed(value: unknown, username: string): unknown {
  if (typeof value === 'string') return value.replaceAll(PERSON.username, username);
  if (Array.isArray(value)) return value.map((each) => renamed(each, username));
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value ?? {}).map(([key, each]) => [key, renamed(each, username)]),
  );
}
