import { EMPTY_ARRAY_KEY, invert, keyBytes } from './key-bytes.js';
import { MongoFailure } from './mongo-failure.js';
import type { Path } from './paths.js';
import type { Doc, Value } from './values.js';

/** One field of an index or of a sort. */
export interface KeyField {
  readonly path: Path;
  readonly descending: boolean;
}

/** One entry that a document has in an index. */
export interface IndexKey {
  readonly bytes: Buffer;
  readonly values: readonly (Value | undefined)[];
}

interface Slot {
  readonly value: Value | undefined;
  readonly rest: Path;
  /** Set for what came out of an array at the end of its path: it is not opened again. */
  readonly final: boolean;
}

/** Stands for an empty array, which has an entry of its own in an index. */
const EMPTY: Value[] = [];

/**
 * The entries of a document in an index on these fields, each once; arrays give one for each element.
 *
 * @throws MongoFailure 171 when two fields are arrays side by side
 */
export function indexKeys(fields: readonly KeyField[], doc: Doc): IndexKey[] {
  const start = fields.map(({ path }) => ({ value: doc, rest: path, final: false }));
  const keys = new Map<string, IndexKey>();
  for (const values of expand(start)) {
    const parts = fields.map((field, i) => part(values[i], field.descending));
    const bytes = Buffer.concat(parts);
    keys.set(bytes.toString('latin1'), { bytes, values });
  }
  return [...keys.values()];
}

/** The key of a document in a sort: the least of its entries, as in an index. */
export function sortKey(fields: readonly KeyField[], doc: Doc): Buffer {
  return indexKeys(fields, doc)
    .map((key) => key.bytes)
    .reduce((least, bytes) => (Buffer.compare(bytes, least) < 0 ? bytes : least));
}

function part(value: Value | undefined, descending: boolean): Buffer {
  const bytes = value === EMPTY ? EMPTY_ARRAY_KEY : keyBytes(value);
  return descending ? invert(bytes) : bytes;
}

function expand(start: readonly Slot[]): (Value | undefined)[][] {
  const slots = start.map(walk);
  const open = slots.filter((slot) => !slot.final && Array.isArray(slot.value));
  const items = open[0]?.value;
  if (!Array.isArray(items)) return [slots.map((slot) => slot.value)];
  if (open.some((slot) => slot.value !== items))
    throw new MongoFailure(171, 'cannot index parallel arrays');
  return (items.length === 0 ? [EMPTY] : items).flatMap((item) =>
    expand(slots.map((slot) => (open.includes(slot) ? enter(slot, item) : slot))),
  );
}

function walk({ value, rest, final }: Slot): Slot {
  let here = value;
  let at = 0;
  for (; at < rest.length && here instanceof Map; at++) here = here.get(rest[at] ?? '');
  if (at < rest.length && !Array.isArray(here)) return { value: undefined, rest: [], final };
  return { value: here, rest: rest.slice(at), final };
}

function enter(slot: Slot, item: Value): Slot {
  if (item === EMPTY || slot.rest.length === 0) return { value: item, rest: [], final: true };
  return item instanceof Map
    ? { value: item, rest: slot.rest, final: false }
    : { value: undefined, rest: [], final: true };
}
