import { Int32 } from 'bson';
import { type KeyField, keyFields } from './index-keys.js';
import { type Intervals, intervalsOf, intervalsOfType, isComparison } from './intervals.js';
import { after, keyBytes } from './key-bytes.js';
import { compileFilter, isOperators } from './matcher.js';
import { reach } from './paths.js';
import { Refusal, unsupported } from './refusal.js';
import { type Doc, isDoc, toNumber, truthy, type Value } from './values.js';

/** An index as its specification says, read once. */
export interface IndexSpec {
  readonly name: string;
  readonly key: Doc;
  readonly fields: readonly KeyField[];
  readonly unique: boolean;
  readonly sparse: boolean;
  /** Whether a document has entries at all: sparse and partial indexes leave some out. */
  readonly covers: (doc: Doc) => boolean;
  /** What a partial index asks of a path: a filter has to ask for as much before the index is used. */
  readonly partial: readonly (readonly [string, Intervals])[];
  readonly expireAfterSeconds: number | null;
  /** What `listIndexes` answers and what is stored. */
  readonly document: Doc;
}

/** Those that are kept in the document, and those that say nothing. */
const OPTIONS = ['unique', 'sparse', 'expireAfterSeconds', 'partialFilterExpression'];
const KNOWN = new Set([...OPTIONS, 'key', 'name', 'v', 'background', 'ns']);
/** Everything but null, which shares its key with a missing field. */
const PRESENT: Intervals = [{ low: after(keyBytes(null)), high: Buffer.from([0xff]) }];

/** Reads and checks one of the `indexes` of createIndexes. @throws Refusal 9, 67 or 238 */
export function readIndexSpec(given: Doc): IndexSpec {
  const unknown = [...given.keys()].find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw unsupported(`The index option '${unknown}'`);
  const [key, name] = [given.get('key'), given.get('name')];
  if (!isDoc(key) || key.size === 0) throw new Refusal(67, 'The index needs a key');
  if (typeof name !== 'string' || name === '') throw new Refusal(9, 'The index needs a name');
  const fields = keyFields(key);
  const [unique, sparse] = [truthy(given.get('unique')), truthy(given.get('sparse'))];
  const expression = given.get('partialFilterExpression');
  const partial = expression === undefined ? [] : partialConditions(expression);
  const expireAfterSeconds = expiry(given.get('expireAfterSeconds'), fields);
  if (expression !== undefined && (sparse || expireAfterSeconds !== null))
    throw new Refusal(67, 'partialFilterExpression can be mixed with neither sparse nor expiry');
  const hasAny = (doc: Doc): boolean =>
    fields.some(({ path }) => reach(doc, path).some((value) => value !== undefined));
  const covers = isDoc(expression) ? compileFilter(expression) : sparse ? hasAny : () => true;
  const document = new Map<string, Value>([
    ['v', new Int32(2)],
    ['key', key],
    ['name', name],
  ]);
  for (const option of OPTIONS) {
    const value = given.get(option);
    if (value !== undefined && value !== false) document.set(option, value);
  }
  return { name, key, fields, unique, sparse, covers, partial, expireAfterSeconds, document };
}

function expiry(value: Value | undefined, fields: readonly KeyField[]): number | null {
  if (value === undefined) return null;
  const seconds = toNumber(value);
  if (seconds === null || !(seconds >= 0 && seconds <= 2_147_483_647))
    throw new Refusal(67, 'expireAfterSeconds must be a number from 0 to 2147483647');
  if (fields.length !== 1 || fields[0]?.name === '_id')
    throw new Refusal(67, 'TTL indexes are single-field indexes and not on _id');
  return seconds;
}

/** Only what can be said path by path, so that a filter can be shown to ask for as much. */
function partialConditions(expression: Value): (readonly [string, Intervals])[] {
  if (!isDoc(expression)) throw new Refusal(67, 'partialFilterExpression must be a document');
  return [...expression].flatMap(([path, condition]) => {
    if (path.startsWith('$')) throw unsupported(`${path} in a partialFilterExpression`);
    const operators = isOperators(condition) ? [...condition] : [['$eq', condition] as const];
    return operators.map(([operator, operand]) => [path, stretch(operator, operand)] as const);
  });
}

function stretch(operator: string, operand: Value): Intervals {
  if (operator === '$exists' && truthy(operand)) return PRESENT;
  if (operator === '$type') return intervalsOfType(operand);
  if (isComparison(operator)) return intervalsOf(operator, operand);
  throw unsupported(`${operator} in a partialFilterExpression`);
}
