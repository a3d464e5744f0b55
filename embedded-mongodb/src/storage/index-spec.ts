import { Int32 } from 'bson';
import { operatorsOf } from '../queries/conditions.js';
import { compileFilter } from '../queries/filter.js';
import { type Interval, intervalsOf, isComparison, NOT_NULL } from '../queries/intervals.js';
import { keyFields } from '../queries/key-fields.js';
import { ensure, unsupported } from '../values/refusal.js';
import { type Doc, isDoc, toNumber, truthy, type Value } from '../values/values.js';

/** An index as its specification describes it. */
export type IndexSpec = ReturnType<typeof readIndexSpec>;

const FLAGS = ['unique', 'sparse'];
/** The options that are stored with an index and listed to clients. */
const OPTIONS = [...FLAGS, 'expireAfterSeconds', 'partialFilterExpression'];
/** All fields of a specification; those that are not stored change nothing here. */
const KNOWN = new Set([...OPTIONS, 'key', 'name', 'v', 'background', 'ns']);

/**
 * Reads the specification of an index, one that a client sent or one from the file.
 * @throws Refusal 67, 238, as `compileFilter`
 */
export function readIndexSpec(given: Doc) {
  const unknown = [...given.keys()].find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw unsupported(`The index option '${unknown}'`);
  const [key, name] = [given.get('key'), given.get('name')];
  // The commands have checked both.
  ensure(isDoc(key) && typeof name === 'string', 67, 'The index needs a key and a name');
  const fields = keyFields(key);
  const expireAfterSeconds = readExpiry(given.get('expireAfterSeconds'));
  const single = expireAfterSeconds === null || fields.length === 1;
  ensure(single, 67, 'TTL indexes are single-field indexes');
  const sparse = truthy(given.get('sparse'));
  if (sparse && fields.length !== 1) throw unsupported('A sparse index on several fields');
  const condition = given.get('partialFilterExpression');
  const alone = condition === undefined || (!sparse && expireAfterSeconds === null);
  ensure(alone, 67, 'A partial index can be neither sparse nor expire');
  // A sparse index is treated as a partial one: of the documents that have the field.
  const there = new Map([['$exists', true]]);
  const whole = new Map(sparse ? fields.map(({ name: path }) => [path, there]) : []);
  const expression = isDoc(condition) ? condition : whole;
  const document = new Map<string, Value>(Object.entries({ v: new Int32(2), key, name }));
  for (const option of OPTIONS) {
    const value = given.get(option);
    const kept = FLAGS.includes(option) ? truthy(value) : value;
    if (kept !== undefined && kept !== false) document.set(option, kept);
  }
  // The index on `_id` is unique, though MongoDB doesn't list that.
  const unique = truthy(given.get('unique')) || name === '_id_';
  /** True when a document has entries in the index: a sparse or partial one leaves some out. */
  const covers = compileFilter(expression);
  const partial = partialBounds(expression);
  /** The fields of a document on which its entries depend, by their first names. */
  const roots = [...fields.map((field) => field.name), ...expression.keys()].map(rootOf);
  return { name, key, fields, unique, covers, partial, roots, expireAfterSeconds, document };
}

const rootOf = (path: string): string => path.split('.')[0] ?? path;

function readExpiry(value: Value | undefined): number | null {
  if (value === undefined) return null;
  const seconds = toNumber(value) ?? -1;
  const possible = seconds >= 0 && seconds < 2 ** 31;
  ensure(possible, 67, 'expireAfterSeconds must be from 0 to 2147483647');
  return seconds;
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
