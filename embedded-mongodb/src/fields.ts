import { ensure, Refusal, unsupported } from './refusal.js';
import {
  type Doc,
  isArray,
  isDoc,
  show,
  toNumber,
  truthy,
  typeName,
  type Value,
} from './values.js';

/** Reads one field of a command. @throws Refusal 14 for a wrong type, 2 for an impossible value */
export type Kind<T> = (value: Value | undefined, name: string) => T;
/** The fields that a command takes. */
export type Shape = Readonly<Record<string, Kind<unknown>>>;
/** What was read of a command. */
export type Fields<S extends Shape> = { readonly [K in keyof S]: ReturnType<S[K]> };

/**
 * Reads a command or one of its parts. Whatever is not in the shape is refused.
 *
 * @throws Refusal 40415 for an unknown field, and what the kinds throw
 */
export function readFields<S extends Shape>(doc: Doc, label: string, shape: S): Fields<S> {
  for (const [name, value] of doc) {
    if (Object.hasOwn(shape, name)) continue;
    const general = GENERAL.get(name);
    ensure(general, 40415, `BSON field '${label}.${name}' is an unknown or unsupported field.`);
    general(value, name);
  }
  const fields = Object.entries(shape).map(([name, kind]) => [name, kind(doc.get(name), name)]);
  // Each field has been read by its own kind.
  return Object.fromEntries(fields) as Fields<S>;
}

export const any: Kind<Value | undefined> = (value) => value;
export const flag: Kind<boolean> = truthy;
export const flagOrTrue: Kind<boolean> = (value) => value === undefined || truthy(value);

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

export const documents: Kind<readonly Doc[]> = (value, name) => {
  ensure(isArray(value), 14, wrongType(value, name, 'array'));
  return value.map((item) => document(item, name));
};

/** A whole number from 0 on; `null` when the field is missing. */
export const countOrNull: Kind<number | null> = (value, name) => {
  if (value === undefined || value === null) return null;
  const number = toNumber(value);
  ensure(Number.isFinite(number), 14, wrongType(value, name, 'number'));
  const whole = Math.trunc(number ?? 0);
  ensure(whole >= 0, 2, `BSON field '${name}' value must be >= 0, actual value '${whole}'`);
  return whole;
};

export const count: Kind<number> = (value, name) => countOrNull(value, name) ?? 0;

/** The document `cursor` of a command: how many documents its first batch may have. */
export const cursorOption: Kind<number | null> = (value, name) =>
  readFields(document(value, name), name, { batchSize: countOrNull }).batchSize;

/** What every command may carry, and what changes nothing in the answer; maxTimeMS is kept elsewhere. */
const INERT =
  '$db lsid $readPreference $clusterTime comment hint apiVersion apiStrict apiDeprecationErrors ' +
  'allowDiskUse bypassDocumentValidation maxTimeMS';
const GENERAL: ReadonlyMap<string, Kind<void>> = new Map<string, Kind<void>>([
  ...INERT.split(' ').map((name): [string, Kind<void>] => [name, () => {}]),
  ['readConcern', readConcern],
  ['writeConcern', writeConcern],
  ['txnNumber', transaction],
  ['autocommit', transaction],
  ['startTransaction', transaction],
]);

function transaction(): never {
  throw new Refusal(20, 'Transaction numbers are only allowed on a replica set member or mongos');
}

function readConcern(value: Value | undefined, name: string): void {
  const level = document(value, name).get('level') ?? 'local';
  if (level !== 'local' && level !== 'available' && level !== 'majority')
    throw unsupported(`The read concern ${show(level)}`);
}

function writeConcern(value: Value | undefined, name: string): void {
  const w = document(value, name).get('w');
  const alone = w === undefined || w === 'majority' || (toNumber(w) ?? 2) <= 1;
  ensure(alone, 2, "cannot use 'w' > 1 when a host is not replicated");
}

const wrongType = (value: Value | undefined, name: string, expected: string): string =>
  `BSON field '${name}' is the wrong type '${typeName(value)}', expected type '${expected}'`;
