import { keyBytes, TYPE } from './key-bytes.js';
import { type Path, searchPath } from './paths.js';
import { ensure } from './refusal.js';
import { type Doc, isArray, isDoc, toNumber, type Value } from './values.js';

/** One field of an index or of a sort. */
export interface KeyField {
  readonly name: string;
  readonly path: Path;
  readonly descending: boolean;
}

/** One entry that a document has in an index. */
export interface IndexKey {
  readonly bytes: Buffer;
  readonly values: readonly (Value | undefined)[];
}

/** Stands for an empty array, which has an entry of its own in an index. */
const EMPTY: readonly Value[] = [];

/** The fields of a sort or an index. @throws Refusal 15975 when a direction is not 1 or -1 */
export function keyFields(fields: Doc): KeyField[] {
  return [...fields].map(([name, direction]) => {
    const way = toNumber(direction);
    ensure(way === 1 || way === -1, 15975, `The direction of '${name}' must be 1 or -1`);
    return { name, path: searchPath(name), descending: way === -1 };
  });
}

/**
 * The entries of a document in an index on these fields, each once, under its bytes as Latin-1: one
 * for each element of an array. Fields below one array come from one element of it. All fields go
 * upwards: an index is read backwards for the other way.
 * @throws Refusal 171 when two fields are arrays side by side
 */
export function indexKeys(fields: readonly KeyField[], doc: Doc): Map<string, IndexKey> {
  const keys = expand(fields.map(({ path }) => ({ value: doc, rest: path }))).map((values) => ({
    bytes: Buffer.concat(values.map(part)),
    values,
  }));
  return new Map(keys.map((key) => [key.bytes.toString('latin1'), key]));
}

/** The key of a document in a sort: the least of its entries, a descending field upside down. */
export function sortKey(fields: readonly KeyField[], doc: Doc): Buffer {
  const keys = [...indexKeys(fields, doc).values()].map(({ values }) => {
    const parts = values.map(part);
    return Buffer.concat(
      parts.map((bytes, i) => (fields[i]?.descending ? bytes.map((byte) => 255 - byte) : bytes)),
    );
  });
  return keys.reduce((least, bytes) => (Buffer.compare(bytes, least) < 0 ? bytes : least));
}

const part = (value: Value | undefined): Buffer =>
  value === EMPTY ? Buffer.from([TYPE.empty]) : keyBytes(value);

/** How far a field has been followed; no `rest` when it is at its end, an element of an array included. */
interface Slot {
  readonly value: Value | undefined;
  readonly rest: Path | null;
}

function expand(start: readonly Slot[]): (Value | undefined)[][] {
  const slots = start.map(follow);
  const open = slots.filter(({ value, rest }) => rest && isArray(value));
  const items = open[0]?.value;
  if (!isArray(items)) return [slots.map(({ value }) => value)];
  ensure(!open.some(({ value }) => value !== items), 171, 'cannot index parallel arrays');
  const entered = (slot: Slot, item: Value): Slot => {
    if (!open.includes(slot)) return slot;
    if (slot.rest?.length === 0) return { value: item, rest: null };
    return isDoc(item) ? { ...slot, value: item } : { value: undefined, rest: null };
  };
  return (items.length > 0 ? items : [EMPTY]).flatMap((item) =>
    expand(slots.map((slot) => entered(slot, item))),
  );
}

/** Follows a path through documents, up to its end or to an array. */
function follow({ value, rest }: Slot): Slot {
  const [name, ...others] = rest ?? [];
  if (name === undefined || isArray(value)) return { value, rest };
  return isDoc(value)
    ? follow({ value: value.get(name), rest: others })
    : { value: undefined, rest: null };
}
