import type { Collection } from './catalog.js';
import type { Cursors } from './cursors.js';
import { ensure } from './refusal.js';
import type { Store } from './store.js';
import { type Doc, isArray, isDoc, toNumber, truthy, typeName, type Value } from './values.js';
import type { Reply } from './wire.js';

/** What a command works on; its name is its first field. */
export class Context {
  constructor(
    readonly store: Store,
    readonly cursors: Cursors,
    readonly db: string,
    readonly name: string,
    readonly message: Doc,
  ) {}

  /** The `db.name` that the first field names. @throws Refusal 73 when that is no name */
  get ns(): string {
    const name = this.message.get(this.name);
    const right = typeof name === 'string' && name !== '';
    ensure(right, 73, `collection name has invalid type ${typeName(name)}`);
    return `${this.db}.${name}`;
  }

  /** What there is of the collection that the first field names. */
  get collection(): Collection | undefined {
    return this.store.catalog.all.get(this.ns);
  }
}

/** A command that is answered. */
export type Command = (context: Context) => Reply;
/** Reads one field of a command. @throws Refusal 14 for a wrong type, 2 for an impossible value */
type Kind<T> = (value: Value | undefined, name: string) => T;
/** The fields that a command takes. */
type Shape = Readonly<Record<string, Kind<unknown>>>;
/** What was read of a command. */
export type Fields<S extends Shape> = { readonly [K in keyof S]: ReturnType<S[K]> };

/** Makes a command of its fields and of what it answers. */
export const command =
  <S extends Shape>(shape: S, run: (fields: Fields<S>, context: Context) => Reply): Command =>
  (context) =>
    run(readFields(context.message, { ...shape, [context.name]: any }), context);

/** Reads a command or a part of one. @throws Refusal 40415 for a field that isn't in the shape */
export function readFields<S extends Shape>(doc: Doc, shape: S): Fields<S> {
  for (const [name, value] of doc) {
    const kind = Object.hasOwn(shape, name) ? any : GENERAL.get(name);
    ensure(kind, 40415, `BSON field '${name}' is an unknown or unsupported field.`);
    kind(value, name);
  }
  const fields = Object.entries(shape).map(([name, kind]) => [name, kind(doc.get(name), name)]);
  // Each field has been read by its own kind.
  return Object.fromEntries(fields) as Fields<S>;
}

export const any: Kind<Value | undefined> = (value) => value;
export const flag: Kind<boolean> = truthy;

export const text: Kind<string> = (value, name) => {
  ensure(typeof value === 'string', 14, wrongType(value, name, 'string'));
  return value;
};

/** A document; empty when the field is missing or null. */
export const document: Kind<Doc> = (value, name) => {
  const given = value ?? new Map<string, Value>();
  ensure(isDoc(given), 14, wrongType(value, name, 'object'));
  return given;
};

/** A field that must be there. @throws Refusal 40414 */
export const required =
  <T>(kind: Kind<T>): Kind<T> =>
  (value, name) => {
    const given = value !== undefined && value !== null;
    ensure(given, 40414, `BSON field '${name}' is missing but a required field`);
    return kind(value, name);
  };

export const documents: Kind<readonly Doc[]> = (value, name) => {
  ensure(isArray(value), 14, wrongType(value, name, 'array'));
  return value.map((item) => document(item, name));
};

/** A whole number from 0 on; `null` when the field is missing. */
export const countOrNull: Kind<number | null> = (value, name) => {
  if (value === undefined || value === null) return null;
  const number = toNumber(value) ?? NaN;
  ensure(Number.isFinite(number), 14, wrongType(value, name, 'number'));
  ensure(number >= 0, 2, `BSON field '${name}' value must be >= 0, actual value '${number}'`);
  return Math.trunc(number);
};

export const count: Kind<number> = (value, name) => countOrNull(value, name) ?? 0;

/** The document `cursor` of a command: how many documents its first batch may have. */
export const cursorOption: Kind<number | null> = (value, name) =>
  readFields(document(value, name), { batchSize: countOrNull }).batchSize;

const transaction: Kind<void> = () =>
  ensure(false, 20, 'Transaction numbers are only allowed on a replica set member or mongos');

const writeConcern: Kind<void> = (value, name) => {
  const { w } = readFields(document(value, name), { w: any, j: any, wtimeout: any });
  const alone = w === undefined || w === 'majority' || (toNumber(w) ?? 2) <= 1;
  ensure(alone, 2, "cannot use 'w' > 1 when a host is not replicated");
};

/** What changes nothing in the answer of a single server; `maxTimeMS` is kept by the executor. */
const INERT =
  '$db lsid $readPreference $clusterTime readConcern comment hint apiVersion apiStrict ' +
  'apiDeprecationErrors allowDiskUse bypassDocumentValidation maxTimeMS';

/** What every command may carry. */
const GENERAL = new Map<string, Kind<unknown>>([
  ...INERT.split(' ').map((name): [string, Kind<unknown>] => [name, any]),
  ['writeConcern', writeConcern],
  ['txnNumber', transaction],
  ['autocommit', transaction],
  ['startTransaction', transaction],
]);

const wrongType = (value: Value | undefined, name: string, expected: string): string =>
  `BSON field '${name}' is the wrong type '${typeName(value)}', expected type '${expected}'`;
