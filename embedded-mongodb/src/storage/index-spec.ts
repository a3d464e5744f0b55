import { Int32 } from 'bson';
import { operatorsOf } from '../queries/conditions.js';
import { compileFilter } from '../queries/filter.js';
import { type Interval, intervalsOf, isComparison, NOT_NULL } from '../queries/intervals.js';
import { keyFields } from '../queries/key-fields.js';
import { ensure, unsupported } from '../values/refusal.js';
import { type Doc, isDoc, toNumber, truthy, type Value } from '../values/values.js';

/** An index as its specification describes it. */
export type IndexSpec = ReturnType<typeof readIndexSpec>;

/** The options that are stored with an index and listed to clients. */
const OPTIONS = ['unique', 'sparse', 'expireAfterSeconds', 'partialFilterExpression'];
/** All fields of a specification; those that are not stored change nothing here. */
const KNOWN = new Set([...OPTIONS, 'key', 'name', 'v', 'background', 'ns']);

/** Reads one of the `indexes` of createIndexes. @throws Refusal 9, 67, 238, as `compileFilter` */
export function readIndexSpec(given: Doc) {
  const unknown = [...given.keys()].find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw unsupported(`The index option '${unknown}'`);
  const [key, name] = [given.get('key'), given.get('name')];
  ensure(isDoc(key), 67, 'The index needs a key');
  ensure(typeof name === 'string' && name !== '', 9, 'The index needs a name');
  const fields = keyFields(key);
  const expiry = given.get('expireAfterSeconds');
  const expireAfterSeconds = expiry === undefined ? null : (toNumber(expiry) ?? -1);
  if (expireAfterSeconds !== null) {
    const possible = expireAfterSeconds >= 0 && expireAfterSeconds < 2 ** 31;
    ensure(possible, 67, 'expireAfterSeconds must be from 0 to 2147483647');
    const single = fields.length === 1 && fields[0]?.name !== '_id';
    ensure(single, 67, 'TTL indexes are single-field indexes and not on _id');
  }
  // A sparse index is treated as a partial one: of the documents that have the field.
  const sparse = truthy(given.get('sparse'));
  if (sparse && fields.length !== 1) throw unsupported('A sparse index on several fields');
  const condition = given.get('partialFilterExpression');
  const alone = condition === undefined || (!sparse && expireAfterSeconds === null);
  ensure(alone, 67, 'A partial index can be neither sparse nor expire');
  const there = new Map([['$exists', true]]);
  const whole = new Map(sparse ? fields.map(({ name: path }) => [path, there]) : []);
  const expression = condition === undefined ? whole : condition;
  ensure(isDoc(expression), 67, 'partialFilterExpression must be a document');
  const document = new Map<string, Value>(Object.entries({ v: new Int32(2), key, name }));
  for (const option of OPTIONS) {
    const value = given.get(option);
    if (value !== undefined && value !== false) document.set(option, value);
  }
  // The index on `_id` is unique, though MongoDB doesn't list that.
  const unique = truthy(given.get('unique')) || name === '_id_';
  /** True when a document has entries in the index: a sparse or partial one leaves some out. */
  const covers = compileFilter(expression);
  const partial = partialBounds(expression);
  return { name, key, fields, unique, covers, partial, expireAfterSeconds, document };
}

/**
 * The intervals of keys that a partial index allows on each path. A filter may use the index when
 * its own intervals lie within them.
 */
function partialBounds(expression: Doc): (readonly [string, readonly Interval[]])[] {
  return [...expression].flatMap(([path, condition]) =>
    operatorsOf(condition).map(([operator, operand]) => {
      if (operator === '$exists' && truthy(operand)) return [path, [NOT_NULL]] as const;
      if (!isComparison(operator) || path.startsWith('$'))
        throw unsupported(`The partialFilterExpression on ${path}`);
      return [path, intervalsOf(operator, operand)] as const;
    }),
  );
}
