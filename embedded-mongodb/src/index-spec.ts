import { BSONRegExp, Int32 } from 'bson';
import { type KeyField, keyFields } from './index-keys.js';
import { intervalsOf, type Interval, isComparison, NOT_NULL } from './intervals.js';
import { compileFilter, operatorsOf } from './matcher.js';
import { ensure, unsupported } from './refusal.js';
import { type Doc, isDoc, toNumber, truthy, type Value } from './values.js';

/** An index as its specification says, read once. */
export type IndexSpec = ReturnType<typeof readIndexSpec>;

/** Those that are kept in the document, and those that say nothing. */
const OPTIONS = ['unique', 'sparse', 'expireAfterSeconds', 'partialFilterExpression'];
const KNOWN = new Set([...OPTIONS, 'key', 'name', 'v', 'background', 'ns']);

/** Reads and checks one of the `indexes` of createIndexes. @throws Refusal 9, 67 or 238 */
export function readIndexSpec(given: Doc) {
  const unknown = [...given.keys()].find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw unsupported(`The index option '${unknown}'`);
  const [key, name] = [given.get('key'), given.get('name')];
  ensure(isDoc(key), 67, 'The index needs a key');
  ensure(typeof name === 'string' && name !== '', 9, 'The index needs a name');
  const fields = keyFields(key);
  const expireAfterSeconds = expiry(given.get('expireAfterSeconds'), fields);
  const expression = given.get('partialFilterExpression') ?? sparse(given, fields);
  const alone = !truthy(given.get('sparse')) && expireAfterSeconds === null;
  const partly = given.has('partialFilterExpression');
  ensure(alone || !partly, 67, 'A partial index can be neither sparse nor expire');
  ensure(isDoc(expression), 67, 'partialFilterExpression must be a document');
  const document = new Map<string, Value>(Object.entries({ v: new Int32(2), key, name }));
  for (const option of OPTIONS) {
    const value = given.get(option);
    if (value !== undefined && value !== false) document.set(option, value);
  }
  // MongoDB says of the index on `_id` nothing but its key, though it is unique.
  const unique = truthy(given.get('unique')) || name === '_id_';
  // Whether a document has entries at all: sparse and partial indexes leave some out.
  const covers = compileFilter(expression);
  const partial = partialBounds(expression);
  return { name, key, fields, unique, covers, partial, expireAfterSeconds, document };
}

function expiry(value: Value | undefined, fields: readonly KeyField[]): number | null {
  if (value === undefined) return null;
  const seconds = toNumber(value) ?? -1;
  ensure(seconds >= 0 && seconds < 2 ** 31, 67, 'expireAfterSeconds must be from 0 to 2147483647');
  const single = fields.length === 1 && fields[0]?.name !== '_id';
  ensure(single, 67, 'TTL indexes are single-field indexes and not on _id');
  return seconds;
}

/** A sparse index is a partial one, of the documents that have the field. */
function sparse(given: Doc, fields: readonly KeyField[]): Doc {
  if (!truthy(given.get('sparse'))) return new Map();
  if (fields.length !== 1) throw unsupported('A sparse index on several fields');
  return new Map(fields.map(({ name }) => [name, new Map([['$exists', true]])]));
}

/** The stretches of keys to which a partial index holds each path: a filter has to stay within. */
function partialBounds(expression: Doc): (readonly [string, readonly Interval[]])[] {
  return [...expression].flatMap(([path, condition]) =>
    operatorsOf(condition).map(([operator, operand]) => {
      if (operator === '$exists' && truthy(operand)) return [path, [NOT_NULL]] as const;
      if (!isComparison(operator) || operand instanceof BSONRegExp || path.startsWith('$'))
        throw unsupported(`The partialFilterExpression on ${path}`);
      return [path, intervalsOf(operator, operand)] as const;
    }),
  );
}
