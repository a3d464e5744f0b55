import mongoose, { type IndexDefinition, type IndexOptions } from 'mongoose';

const DUPLICATE_KEY = 11000;

/** An index as a schema declares it: what Mongoose's `schema.indexes()` lists. */
export type DeclaredIndex = readonly [IndexDefinition, IndexOptions?];

/** Whether a write was refused because a unique index holds one of its values already. */
export function isDuplicate(error: unknown): error is mongoose.mongo.MongoServerError {
  return error instanceof mongoose.mongo.MongoServerError && error.code === DUPLICATE_KEY;
}

/**
 * The unique index that refused a write. MongoDB names its key. Other servers name the index in a text
 * of their own, or name nothing: then each index is asked whether another document holds its value.
 *
 * @param indexes those of the collection, as declared
 * @param held whether another document than the one written holds what was written to the index that
 *   begins with this field; asked only when the error names no index
 * @returns the first field of the index, or null when the error is another one
 */
export async function duplicateField(
  error: unknown,
  indexes: readonly DeclaredIndex[],
  held: (field: string) => Promise<unknown>,
): Promise<string | null> {
  if (!isDuplicate(error)) return null;
  const named = namedField(error, indexes);
  if (named !== null) return named;
  for (const [key, options] of indexes) {
    const field = firstField(key);
    if (options?.unique && (await held(field))) return field;
  }
  return null;
}

/** @returns the first field of the index that an error names, by its key or in its text, or null */
export function namedField(
  error: mongoose.mongo.MongoServerError,
  indexes: readonly DeclaredIndex[],
): string | null {
  const [field] = Object.keys((error['keyPattern'] as object | undefined) ?? {});
  if (field !== undefined) return field;
  const places = indexes
    .map(([key, options]) => ({
      field: firstField(key),
      at: placeOf(options?.name ?? indexName(key), error.message),
    }))
    .filter(({ at }) => at >= 0);
  // The values stand behind the name, and a person may have chosen one that reads like a name.
  return places.toSorted((one, other) => one.at - other.at)[0]?.field ?? null;
}

/** The name that MongoDB gives to an index that is declared without one. */
export function indexName(key: IndexDefinition): string {
  return Object.entries(key).flat().join('_');
}

function placeOf(name: string, text: string): number {
  const escaped = name.replace(/[.$*+?()[\]{}|\\^]/g, '\\$&');
  return new RegExp(`(?<![\\w.])${escaped}(?!\\w|\\.\\w)`).exec(text)?.index ?? -1;
}

function firstField(key: IndexDefinition): string {
  return Object.keys(key)[0] ?? '';
}
