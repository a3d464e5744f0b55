import { Int32 } from 'bson';
import type { KeyField } from './index-keys.js';
import { compileFilter, isOperators, type Matcher } from './matcher.js';
import { badValue, MongoFailure, unsupported } from './mongo-failure.js';
import { isIndex, reach, splitPath } from './paths.js';
import { type Doc, toNumber, truthy, type Value } from './values.js';

/** An index as its specification says, read once. */
export interface IndexSpec {
  readonly name: string;
  readonly key: Doc;
  readonly fields: readonly KeyField[];
  readonly unique: boolean;
  /** Whether a document has entries at all: sparse and partial indexes leave some out. */
  readonly covers: (doc: Doc) => boolean;
  readonly sparse: boolean;
  readonly partial: Matcher | null;
  readonly expireAfterSeconds: number | null;
  /** What `listIndexes` answers and what is stored. */
  readonly document: Doc;
}

const OPTIONS = new Set([
  'v',
  'key',
  'name',
  'unique',
  'sparse',
  'background',
  'expireAfterSeconds',
  'partialFilterExpression',
  'ns',
]);

/** Reads and checks one of the `indexes` of createIndexes. @throws MongoFailure 67, 197 or 238 */
export function readIndexSpec(given: Doc): IndexSpec {
  const unknown = [...given.keys()].find((name) => !OPTIONS.has(name));
  if (unknown !== undefined) throw unsupported(`The index option '${unknown}'`);
  const key = given.get('key');
  const name = given.get('name');
  if (!(key instanceof Map) || key.size === 0)
    throw new MongoFailure(67, 'Index keys must be a document with at least one field');
  if (typeof name !== 'string' || name === '')
    throw new MongoFailure(9, 'The index needs a name that is a string');
  const fields = keyFields(key);
  const unique = truthy(given.get('unique'));
  const sparse = truthy(given.get('sparse'));
  const expression = given.get('partialFilterExpression');
  if (sparse && expression !== undefined)
    throw new MongoFailure(67, 'cannot mix "partialFilterExpression" and "sparse" options');
  const partial = expression === undefined ? null : partialFilter(expression);
  const expireAfterSeconds = expiry(given.get('expireAfterSeconds'), fields);
  const document: Doc = new Map<string, Value>([
    ['v', new Int32(2)],
    ['key', key],
    ['name', name],
  ]);
  for (const option of ['unique', 'sparse', 'expireAfterSeconds', 'partialFilterExpression']) {
    const value = given.get(option);
    const off = (option === 'unique' || option === 'sparse') && !truthy(value);
    if (value !== undefined && !off) document.set(option, value);
  }
  const hasAny = (doc: Doc): boolean =>
    fields.some(({ path }) => reach(doc, path).some((value) => value !== undefined));
  const covers = partial ?? (sparse ? hasAny : () => true);
  return { name, key, fields, unique, covers, sparse, partial, expireAfterSeconds, document };
}

/** The fields of a sort. @throws MongoFailure 15975 when a direction is not 1 or -1 */
export function sortFields(sort: Doc): KeyField[] {
  return [...sort].map(([text, direction]) => {
    const number = toNumber(direction);
    if (text.startsWith('$')) throw unsupported(`Sorting by ${text}`);
    if (number !== 1 && number !== -1)
      throw new MongoFailure(
        15975,
        '$sort key ordering must be 1 (for ascending) or -1 (for descending)',
      );
    return { path: splitPath(text), descending: number === -1 };
  });
}

function keyFields(key: Doc): KeyField[] {
  return [...key].map(([text, direction]) => {
    if (typeof direction === 'string') throw unsupported(`An index of the kind '${direction}'`);
    const number = toNumber(direction);
    if (number === null || number === 0 || Number.isNaN(number))
      throw new MongoFailure(67, `Values in the index key pattern must be 1 or -1: ${text}`);
    const path = splitPath(text);
    if (path.some((name) => name.startsWith('$')))
      throw text.includes('$**')
        ? unsupported('A wildcard index')
        : new MongoFailure(67, `Index key contains an illegal field name: ${text}`);
    // A number in a path may mean a place or a name: entries and filters could disagree.
    if (path.slice(1).some(isIndex)) throw unsupported('An index on a place in an array');
    return { path, descending: number < 0 };
  });
}

function expiry(value: Value | undefined, fields: readonly KeyField[]): number | null {
  if (value === undefined) return null;
  const seconds = toNumber(value);
  if (seconds === null || !(seconds >= 0 && seconds <= 2_147_483_647))
    throw new MongoFailure(
      67,
      'TTL index expireAfterSeconds must be a number from 0 to 2147483647',
    );
  if (fields.length !== 1 || fields[0]?.path[0] === '_id')
    throw new MongoFailure(67, 'TTL indexes are single-field indexes and not on _id');
  return seconds;
}

/** Only what can be checked path by path, so that a filter can be shown to imply it. */
function partialFilter(expression: Value): Matcher {
  if (!(expression instanceof Map)) throw badValue('partialFilterExpression must be a document');
  for (const [key, condition] of expression) {
    if (key.startsWith('$')) throw unsupported(`${key} in a partialFilterExpression`);
    if (!isOperators(condition)) continue;
    for (const [operator, operand] of condition) {
      const allowed = ['$eq', '$gt', '$gte', '$lt', '$lte', '$type'].includes(operator);
      if (!allowed && !(operator === '$exists' && truthy(operand)))
        throw new MongoFailure(67, `unsupported expression in partial index: ${operator}`);
    }
  }
  return compileFilter(expression);
}
