import { BSONRegExp, Long, Timestamp } from 'bson';
import { badValue, MongoFailure, unsupported } from './mongo-failure.js';
import { type Doc, show, toNumber, truthy, typeName, type Value } from './values.js';

/** What every command may carry and what changes nothing in the answer of a single server. */
const GENERIC = new Set([
  '$db', 'lsid', '$readPreference', '$clusterTime', 'comment', 'maxTimeMS', 'readConcern', 'writeConcern',
  'apiVersion', 'apiStrict', 'apiDeprecationErrors', 'hint', 'txnNumber', 'autocommit', 'startTransaction',
  'let', 'collation', 'allowDiskUse', 'bypassDocumentValidation', 'maxTimeMSOpOnly', 'ordered',
]); // prettier-ignore

/** The fields of a command or statement, read with their types checked; unknown ones are refused. */
export class Args {
  /** @throws MongoFailure 40415 when there is a field besides `known` */
  constructor(
    private readonly doc: Doc,
    command: string,
    known: readonly string[],
  ) {
    for (const [name, value] of doc) {
      if (name !== command && !known.includes(name) && !GENERIC.has(name))
        throw new MongoFailure(40415, `BSON field '${command}.${name}' is an unknown field.`);
      checkGeneric(name, value);
    }
  }

  value(name: string): Value | undefined {
    return this.doc.get(name);
  }

  string(name: string): string {
    const value = this.doc.get(name);
    if (typeof value !== 'string') throw this.wrongType(name, 'string');
    return value;
  }

  /** A document; empty when the field is missing or null. */
  document(name: string): Doc {
    const value = this.doc.get(name) ?? new Map<string, Value>();
    if (!(value instanceof Map)) throw this.wrongType(name, 'object');
    return value;
  }

  /** Documents; a lone list of them in a message's section has the same form. */
  documents(name: string): Doc[] {
    const value = this.doc.get(name);
    if (!Array.isArray(value)) throw this.wrongType(name, 'array');
    return value.map((item) => {
      if (!(item instanceof Map)) throw this.wrongType(name, 'array of objects');
      return item;
    });
  }

  flag(name: string, otherwise = false): boolean {
    const value = this.doc.get(name);
    return value === undefined || value === null ? otherwise : truthy(value);
  }

  /** A whole number from 0 on; `null` when the field is missing. */
  count(name: string): number | null {
    const value = this.doc.get(name);
    if (value === undefined || value === null) return null;
    const number = toNumber(value);
    if (number === null || !Number.isFinite(number)) throw this.wrongType(name, 'number');
    if (number < 0)
      throw badValue(`BSON field '${name}' value must be >= 0, actual value '${number}'`);
    return Math.trunc(number);
  }

  private wrongType(name: string, expected: string): MongoFailure {
    const actual = typeName(this.doc.get(name));
    return new MongoFailure(
      14,
      `BSON field '${name}' is the wrong type '${actual}', expected type '${expected}'`,
    );
  }
}

/** Options that would change an answer are refused unless they ask for what is done anyway. */
function checkGeneric(name: string, value: Value): void {
  switch (name) {
    case 'txnNumber':
    case 'autocommit':
    case 'startTransaction':
      throw new MongoFailure(
        20,
        'Transaction numbers are only allowed on a replica set member or mongos',
      );
    case 'let':
    case 'arrayFilters':
      if (value instanceof Map ? value.size > 0 : Array.isArray(value) && value.length > 0)
        throw unsupported(`The option '${name}'`);
      return;
    case 'collation':
      if (value instanceof Map && value.size > 0 && value.get('locale') !== 'simple')
        throw unsupported('A collation');
      return;
    case 'readConcern':
      return checkReadConcern(value);
    case 'writeConcern':
      return checkWriteConcern(value);
    default:
  }
}

function checkReadConcern(value: Value): void {
  const level = value instanceof Map ? value.get('level') : undefined;
  if (level !== undefined && !['local', 'available', 'majority'].includes(show(level).slice(1, -1)))
    throw unsupported(`The read concern ${show(level)}`);
}

function checkWriteConcern(value: Value): void {
  const w = value instanceof Map ? value.get('w') : undefined;
  if (w === undefined || w === 'majority') return;
  const number = toNumber(w);
  if (number !== 0 && number !== 1)
    throw badValue("cannot use 'w' > 1 when a host is not replicated");
}

/** For a command without options. @throws as `Args` */
export function checkFields(command: Doc, name: string): void {
  void new Args(command, name, []);
}

/** A cursor's id, which has all 64 bits. */
export function cursorId(value: Value | undefined): string {
  if (value instanceof Long && !(value instanceof Timestamp)) return value.toString();
  throw new MongoFailure(14, 'A cursor id has to be of the type long');
}

/** The name of a namespace's collection in a command's first field. */
export function collectionName(value: Value | undefined): string {
  if (typeof value === 'string' && value !== '') return value;
  const what = value instanceof BSONRegExp ? 'a pattern' : typeName(value);
  throw new MongoFailure(73, `collection name has invalid type ${what}`);
}
