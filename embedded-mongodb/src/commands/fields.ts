import { ensure, Refusal } from '../values/refusal.js';
import {
  type Doc,
  isArray,
  isDoc,
  toNumber,
  truthy,
  typeName,
  type Value,
} from '../values/values.js';

/** The names in a text, which stand apart by spaces. */
export const namesIn = (text: string): ReadonlySet<string> => new Set(text.match(/\S+/g));

/** Fields of a transaction, which a standalone server has not. */
const TRANSACTION = namesIn('txnNumber autocommit startTransaction');

/** Refuses names that are not known. @throws Refusal 40415, 20 for a transaction */
export function refuseUnknown(names: Iterable<string>, owner: string, known: ReadonlySet<string>) {
  for (const name of names) {
    if (known.has(name)) continue;
    const alone = !TRANSACTION.has(name);
    ensure(alone, 20, 'Transaction numbers are only allowed on a replica set member or mongos');
    const why = `BSON field '${owner}.${name}' is an unknown or unsupported field.`;
    throw new Refusal(40415, why);
  }
}

/**
 * Reads the fields of a command or of a part of one, as MongoDB does: null counts as missing.
 * Every method throws Refusal 14 for a value of a wrong type.
 */
export class Fields {
  /** @param owner - the command, or its part, for messages */
  constructor(
    private readonly doc: Doc,
    private readonly owner: string,
  ) {}

  /** Reads a part of a command. @throws Refusal as `refuseUnknown` */
  static of(doc: Doc, owner: string, known: ReadonlySet<string>): Fields {
    refuseUnknown(doc.keys(), owner, known);
    return new Fields(doc, owner);
  }

  /** A value of any type; null and missing are `undefined`. */
  get(name: string): Value | undefined {
    return this.doc.get(name) ?? undefined;
  }

  /** A value of any type. @throws Refusal 40414 when it is missing; null counts as a value */
  need(name: string): Value {
    const value = this.doc.get(name);
    if (value === undefined) throw this.missing(name);
    return value;
  }

  /** A boolean, and nothing else. */
  flag(name: string, otherwise = false): boolean {
    const value = this.get(name) ?? otherwise;
    if (typeof value !== 'boolean') throw this.wrongType(name, 'bool');
    return value;
  }

  /** A boolean or a number, where MongoDB takes either. */
  looseFlag(name: string): boolean {
    const value = this.get(name) ?? false;
    const right = typeof value === 'boolean' || toNumber(value) !== null;
    if (!right) throw this.wrongType(name, 'bool, int, long or double');
    return truthy(value);
  }

  /** @throws Refusal 40414 when it is missing */
  text(name: string): string {
    const value = this.required(name);
    if (typeof value !== 'string') throw this.wrongType(name, 'string');
    return value;
  }

  /** A document; empty when the field is missing. */
  document(name: string): Doc {
    return this.documentOrNull(name) ?? new Map();
  }

  documentOrNull(name: string): Doc | null {
    const value = this.get(name);
    if (value === undefined) return null;
    if (!isDoc(value)) throw this.wrongType(name, 'object');
    return value;
  }

  /** @throws Refusal 40414 when it is missing */
  neededDocument(name: string): Doc {
    this.required(name);
    return this.document(name);
  }

  /** An array. @throws Refusal 40414 when it is missing */
  array(name: string): readonly Value[] {
    const value = this.required(name);
    if (!isArray(value)) throw this.wrongType(name, 'array');
    return value;
  }

  /** An array of documents. @throws Refusal 40414 when it is missing */
  documents(name: string): readonly Doc[] {
    const values = this.array(name);
    if (!values.every(isDoc)) throw this.wrongType(name, 'array of objects');
    return values;
  }

  /** A number without its fraction, as MongoDB reads it; `null` when the field is missing. */
  wholeOrNull(name: string): number | null {
    const value = this.get(name);
    if (value === undefined) return null;
    const number = toNumber(value) ?? NaN;
    if (!Number.isFinite(number)) throw this.wrongType(name, 'number');
    return Math.trunc(number);
  }

  /** As `wholeOrNull`. @throws Refusal 51024 below 0 */
  countOrNull(name: string): number | null {
    const number = this.wholeOrNull(name);
    if (number === null || number >= 0) return number;
    throw new Refusal(51024, `${this.label(name)} value must be >= 0, actual value '${number}'`);
  }

  /** As `countOrNull`, but 0 when the field is missing. */
  count(name: string): number {
    return this.countOrNull(name) ?? 0;
  }

  /** The index that the field `hint` names or describes. @throws Refusal 9 for another type */
  hint(): string | Doc | null {
    const hint = this.get('hint') ?? null;
    const right = hint === null || typeof hint === 'string' || isDoc(hint);
    ensure(right, 9, 'Hint must be a string or an object');
    return isDoc(hint) && hint.size === 0 ? null : hint;
  }

  private required(name: string): Value {
    const value = this.get(name);
    if (value === undefined) throw this.missing(name);
    return value;
  }

  private missing(name: string): Refusal {
    return new Refusal(40414, `${this.label(name)} is missing but a required field`);
  }

  private wrongType(name: string, expected: string): Refusal {
    const type = typeName(this.doc.get(name));
    const why = `${this.label(name)} is the wrong type '${type}', expected type '${expected}'`;
    return new Refusal(14, why);
  }

  private label(name: string): string {
    return `BSON field '${this.owner}.${name}'`;
  }
}
