import { Int32 } from 'bson';
import { decode, encode } from '../values/codec.js';
import { type Interval, intervalsOf, isComparison, NOT_NULL } from '../values/keys.js';
import { compileFilter, operatorsOf } from '../queries/filter.js';
import { keyFields } from '../values/paths.js';
import { ensure, unsupported } from '../values/refusal.js';
import type { Store } from './store.js';
import { type Doc, isDoc, toNumber, truthy, type Value } from '../values/values.js';

/** A collection, by its `db.name`. */
export interface Collection {
  readonly ns: string;
  /** The first is one on nothing, in the order of insertion; the second that on `_id`. */
  readonly indexes: Index[];
}

/** An index of a collection; multikey as soon as one document has two entries. */
export type Index = IndexSpec & { readonly id: number; readonly ns: string; multikey: boolean };

type Row = Readonly<{ id: number; ns: string; spec: Uint8Array; multikey: number }>;
/** A database's name and a collection's, as long as MongoDB allows where all signs take a byte. */
const NAMESPACE = /^[^\0/\\. "$]{1,63}\.(?!\.|system\.)[^\0$]{0,190}[^\0$.]$/;
/** MongoDB's limit on the indexes of a collection. */
const MAX_INDEXES = 64;
const NATURAL = decode(encode({ key: {}, name: '$natural' }));
const ID = decode(encode({ key: { _id: 1 }, name: '_id_' }));

/** Which collections and indexes there are: in the file, and remembered once they were read. */
export class Catalog {
  private known: Map<string, Collection> | null = null;

  constructor(private readonly store: Store) {}

  /** All collections by their `db.name`. */
  get all(): Map<string, Collection> {
    if (this.known) return this.known;
    const known = new Map<string, Collection>();
    for (const row of this.store.sql('SELECT * FROM indexes ORDER BY id').all()) {
      // The columns of the table.
      const { id, ns, spec, multikey } = row as unknown as Row;
      const index = { ...readIndexSpec(decode(spec)), id, ns, multikey: multikey === 1 };
      known.set(ns, { ns, indexes: [...(known.get(ns)?.indexes ?? []), index] });
    }
    return (this.known = known);
  }

  of(db: string): Collection[] {
    return [...this.all.values()].filter(({ ns }) => ns.startsWith(`${db}.`));
  }

  /** The collection of this name, made if missing. @throws Refusal 73 for an impossible name */
  ensure(ns: string): Collection {
    const found = this.all.get(ns);
    if (found) return found;
    ensure(NAMESPACE.test(ns), 73, `Invalid collection name: '${ns}'`);
    const collection = { ns, indexes: [] };
    this.all.set(ns, collection);
    for (const spec of [NATURAL, ID]) this.createIndex(collection, readIndexSpec(spec));
    return collection;
  }

  drop(collection: Collection): void {
    const documents = 'DELETE FROM docs WHERE rec IN (SELECT rec FROM entries WHERE idx = ?)';
    this.store.sql(documents).run(collection.indexes[0]?.id ?? 0);
    for (const index of collection.indexes.slice()) this.dropIndex(collection, index);
    this.all.delete(collection.ns);
  }

  /** Adds an index without entries; the caller fills it. */
  createIndex({ ns, indexes }: Collection, spec: IndexSpec): Index {
    ensure(indexes.length <= MAX_INDEXES, 67, `add index fails, too many indexes for ${ns}`);
    const insert = this.store.sql('INSERT INTO indexes(ns, spec) VALUES(?, ?)');
    const id = Number(insert.run(ns, encode(spec.document)).lastInsertRowid);
    const index = { ...spec, id, ns, multikey: false };
    indexes.push(index);
    return index;
  }

  dropIndex({ indexes }: Collection, index: Index): void {
    this.store.sql('DELETE FROM entries WHERE idx = ?').run(index.id);
    this.store.sql('DELETE FROM indexes WHERE id = ?').run(index.id);
    indexes.splice(indexes.indexOf(index), 1);
  }
}

/** An index as its specification says, read once. */
export type IndexSpec = ReturnType<typeof readIndexSpec>;

/** Those that are kept in the document, and those that say nothing. */
const OPTIONS = ['unique', 'sparse', 'expireAfterSeconds', 'partialFilterExpression'];
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
  // A sparse index is a partial one, of the documents that have the field.
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
  // MongoDB says of the index on `_id` nothing but its key, though it is unique.
  const unique = truthy(given.get('unique')) || name === '_id_';
  // Whether a document has entries at all: sparse and partial indexes leave some out.
  const covers = compileFilter(expression);
  const partial = partialBounds(expression);
  return { name, key, fields, unique, covers, partial, expireAfterSeconds, document };
}

/** The stretches of keys to which a partial index holds each path: a filter has to stay within. */
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
