import { BSONRegExp, ObjectId } from 'bson';
import { isOperators } from './matcher.js';
import { MongoFailure } from './mongo-failure.js';
import { splitPath } from './paths.js';
import { setAt, valueAt } from './update-paths.js';
import { clone, type Doc, type Value } from './values.js';

/** What a filter says by equality, path by path: `{ a: 1 }`, `$eq`, all of `$and`, a lone `$or`. */
export function equalities(filter: Doc): [string, Value][] {
  return [...filter].flatMap(([key, condition]): [string, Value][] => {
    if (key === '$and' || (key === '$or' && Array.isArray(condition) && condition.length === 1)) {
      const branches = Array.isArray(condition) ? condition : [];
      return branches.flatMap((branch) => (branch instanceof Map ? equalities(branch) : []));
    }
    if (key.startsWith('$') || condition instanceof BSONRegExp) return [];
    if (!isOperators(condition)) return [[key, condition]];
    const equal = condition.get('$eq');
    return equal === undefined ? [] : [[key, equal]];
  });
}

/**
 * The document that an upsert starts from, before its update is applied.
 *
 * @throws MongoFailure 54 when the filter gives one path two values
 */
export function seed(filter: Doc): Doc {
  const doc: Doc = new Map();
  for (const [key, value] of equalities(filter)) {
    const path = splitPath(key);
    if (valueAt(doc, path) !== undefined)
      throw new MongoFailure(
        54,
        `cannot infer query fields to set, path '${key}' is matched twice`,
      );
    setAt(doc, path, clone(value));
  }
  return doc;
}

/** The document with `_id` as its first field, made up when it has none. */
export function withId(doc: Doc): Doc {
  const id = doc.get('_id') ?? (doc.has('_id') ? null : new ObjectId());
  const [first] = doc.keys();
  if (first === '_id') return doc;
  return new Map<string, Value>([['_id', id], ...[...doc].filter(([name]) => name !== '_id')]);
}

/** Checks what is about to be stored. @throws MongoFailure 53 for an impossible `_id`, 52 for a `$` name */
export function checkStored(doc: Doc): void {
  const id = doc.get('_id');
  if (Array.isArray(id) || id instanceof BSONRegExp)
    throw new MongoFailure(
      53,
      `The '_id' value cannot be of type ${Array.isArray(id) ? 'array' : 'regex'}`,
    );
  for (const name of doc.keys())
    if (name.startsWith('$'))
      throw new MongoFailure(
        52,
        `The dollar ($) prefixed field '${name}' is not valid for storage.`,
      );
}
