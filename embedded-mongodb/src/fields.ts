import { badValue, Refusal, unsupported } from './refusal.js';
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
    const general = Object.hasOwn(GENERAL, name) ? GENERAL[name] : undefined;
    if (!general)
      throw new Refusal(40415, `BSON field '${label}.${name}' is an unknown or unsupported field.`);
    general(value, name);
  }
  const fields = Object.entries(shape).map(([name, kind]) => [name, kind(doc.get(name), name)]);
  // Each field has been read by its own kind.
  return Object.fromEntries(fields) as Fields<S>;
}

export const any: Kind<Value | undefined> = (value) => value;
export const flag: Kind<boolean> = truthy;
export const flagOrTrue: Kind<boolean> = (value) => value === undefined || truthy(value);

export const text: Kind<string> = (value, name) =>
  typeof value === 'string' ? value : wrongType(value, name, 'string');

/** A document; empty when the field is missing or null. */
export const document: Kind<Doc> = (value, name) => {
  const given = value ?? new Map<string, Value>();
  return isDoc(given) ? given : wrongType(value, name, 'object');
};

export const documents: Kind<readonly Doc[]> = (value, name) =>
  isArray(value) && value.every(isDoc) ? value : wrongType(value, name, 'array of objects');

/** A whole number from 0 on; `null` when the field is missing. */
export const countOrNull: Kind<number | null> = (value, name) => {
  if (value === undefined || value === null) return null;
  const number = toNumber(value);
  if (number === null || !Number.isFinite(number)) return wrongType(value, name, 'number');
  if (number < 0)
    throw badValue(`BSON field '${name}' value must be >= 0, actual value '${number}'`);
  return Math.trunc(number);
};

export const count: Kind<number> = (value, name) => countOrNull(value, name) ?? 0;

/** The document `cursor` of a command: how many documents its first batch may have. */
export const cursorOption: Kind<number | null> = (value, name) =>
  readFields(document(value, name), name, { batchSize: countOrNull }).batchSize;

/** An option that is accepted when it asks for what is done anyway. */
const only =
  (...allowed: string[]): Kind<void> =>
  (value, name) => {
    if (!allowed.includes(show(value))) throw unsupported(`The option ${name}: ${show(value)}`);
  };

const inert: Kind<void> = () => {};

const transaction: Kind<never> = () => {
  throw new Refusal(20, 'Transaction numbers are only allowed on a replica set member or mongos');
};

/** What every command may carry, and what changes nothing in the answer of a single server. */
const GENERAL: Shape = {
  $db: inert,
  lsid: inert,
  $readPreference: inert,
  $clusterTime: inert,
  comment: inert,
  hint: inert,
  apiVersion: inert,
  apiStrict: inert,
  apiDeprecationErrors: inert,
  allowDiskUse: inert,
  bypassDocumentValidation: inert,
  collation: only('{ locale: "simple" }', '{  }'),
  readConcern: only(
    '{  }',
    ...['local', 'available', 'majority'].map((one) => `{ level: "${one}" }`),
  ),
  writeConcern: (value, name) => {
    const w = document(value, name).get('w') ?? null;
    if (w !== null && w !== 'majority' && !((toNumber(w) ?? 2) <= 1))
      throw badValue("cannot use 'w' > 1 when a host is not replicated");
  },
  txnNumber: transaction,
  autocommit: transaction,
  startTransaction: transaction,
};

function wrongType(value: Value | undefined, name: string, expected: string): never {
  throw new Refusal(
    14,
    `BSON field '${name}' is the wrong type '${typeName(value)}', expected type '${expected}'`,
  );
}
