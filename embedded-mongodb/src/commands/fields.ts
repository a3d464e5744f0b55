import { ensure } from '../values/refusal.js';
import {
  type Doc,
  isArray,
  isDoc,
  toNumber,
  truthy,
  typeName,
  type Value,
} from '../values/values.js';

/** Fields that any command may carry and that change nothing in the answer of a single server. */
const INERT =
  '$db lsid $readPreference $clusterTime readConcern comment hint apiVersion apiStrict ' +
  'apiDeprecationErrors allowDiskUse bypassDocumentValidation';
const GENERAL = `${INERT} maxTimeMS writeConcern`.split(' ');
const TRANSACTION = ['txnNumber', 'autocommit', 'startTransaction'];

/** The fields of a command, or of a part of one. Reading a field throws Refusal 14 for a wrong type. */
export class Fields {
  /** @throws Refusal 40415 for a field that is not among the known ones, 20 for a transaction */
  constructor(
    private readonly doc: Doc,
    known: string,
  ) {
    const names = [...known.split(' '), ...GENERAL];
    for (const name of doc.keys()) {
      const alone = !TRANSACTION.includes(name);
      ensure(alone, 20, 'Transaction numbers are only allowed on a replica set member or mongos');
      const expected = name !== '' && names.includes(name);
      ensure(expected, 40415, `BSON field '${name}' is an unknown or unsupported field.`);
    }
    if (!doc.has('writeConcern')) return;
    const w = new Fields(this.document('writeConcern'), 'w j wtimeout').get('w');
    const alone = w === undefined || w === 'majority' || (toNumber(w) ?? 2) <= 1;
    ensure(alone, 2, "cannot use 'w' > 1 when a host is not replicated");
  }

  /** Demands fields. @throws Refusal 40414 when one of them is missing */
  need(...names: readonly string[]): this {
    const missing = names.find((name) => (this.get(name) ?? null) === null);
    ensure(!missing, 40414, `BSON field '${missing}' is missing but a required field`);
    return this;
  }

  get(name: string): Value | undefined {
    return this.doc.get(name);
  }

  flag(name: string): boolean {
    return truthy(this.get(name));
  }

  text(name: string): string {
    const value = this.get(name);
    ensure(typeof value === 'string', 14, wrongType(value, name, 'string'));
    return value;
  }

  /** A document; empty when the field is missing or null. */
  document(name: string): Doc {
    const value = this.get(name) ?? new Map<string, Value>();
    ensure(isDoc(value), 14, wrongType(value, name, 'object'));
    return value;
  }

  documents(name: string): readonly Doc[] {
    const value = this.get(name);
    ensure(isArray(value) && value.every(isDoc), 14, wrongType(value, name, 'array of objects'));
    return value;
  }

  /** A whole number from 0 on; `null` when the field is missing. @throws Refusal 2 below 0 */
  countOrNull(name: string): number | null {
    const value = this.get(name) ?? null;
    if (value === null) return null;
    const number = toNumber(value) ?? NaN;
    ensure(Number.isFinite(number), 14, wrongType(value, name, 'number'));
    ensure(number >= 0, 2, `BSON field '${name}' value must be >= 0, actual value '${number}'`);
    return Math.trunc(number);
  }

  count(name: string): number {
    return this.countOrNull(name) ?? 0;
  }

  /** How many documents the first batch of the field `cursor` may have. */
  batchSize(): number | null {
    return new Fields(this.document('cursor'), 'batchSize').countOrNull('batchSize');
  }
}

const wrongType = (value: Value | undefined, name: string, expected: string): string =>
  `BSON field '${name}' is the wrong type '${typeName(value)}', expected type '${expected}'`;
