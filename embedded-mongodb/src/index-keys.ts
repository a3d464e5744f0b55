import { EMPTY_ARRAY_KEY, invert, keyBytes } from './key-bytes.js';
import { isIndex, type Path, splitPath } from './paths.js';
import { Refusal, unsupported } from './refusal.js';
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

interface Slot {
  readonly value: Value | undefined;
  readonly rest: Path;
  /** Set for what came out of an array at the end of its path: it is not opened again. */
  readonly final: boolean;
}

/** Stands for an empty array, which has an entry of its own in an index. */
const EMPTY: readonly Value[] = [];

/** The fields of a sort or an index. @throws Refusal 15975 when a direction is not 1 or -1 */
export function keyFields(fields: Doc): KeyField[] {
  return [...fields].map(([name, direction]) => {
    const way = toNumber(direction);
    if (way !== 1 && way !== -1)
      throw new Refusal(15975, `The direction of '${name}' must be 1 or -1`);
    const path = splitPath(name);
    // A number may mean a place or a name: entries, sorts and filters could disagree.
    if (path.slice(1).some(isIndex)) throw unsupported(`A place in an array, as in '${name}',`);
    return { name, path, descending: way === -1 };
  });
}

/**
 * The entries of a document in an index on these fields, each once, under its bytes as Latin-1;
 * arrays give one for each element.
 *
 * @throws Refusal 171 when two fields are arrays side by side
 */
export function indexKeys(fields: readonly KeyField[], doc: Doc): Map<string, IndexKey> {
  const start = fields.map(({ path }) => ({ value: doc, rest: path, final: false }));
  const keys = new Map<string, IndexKey>();
  for (const values of expand(start)) {
    const parts = fields.map(({ descending }, i) => {
      const bytes = values[i] === EMPTY ? EMPTY_ARRAY_KEY : keyBytes(values[i]);
      return descending ? invert(bytes) : bytes;
    });
    const bytes = Buffer.concat(parts);
    keys.set(bytes.toString('latin1'), { bytes, values });
  }
  return keys;
}

/** The key of a document in a sort: the least of its entries, as in an index. */
export function sortKey(fields: readonly KeyField[], doc: Doc): Buffer {
  const keys = [...indexKeys(fields, doc).values()].map(({ bytes }) => bytes);
  return keys.reduce((least, bytes) => (Buffer.compare(bytes, least) < 0 ? bytes : least));
}

function expand(start: readonly Slot[]): (Value | undefined)[][] {
  const slots = start.map(walk);
  const open = slots.filter((slot) => !slot.final && isArray(slot.value));
  const items = open[0]?.value;
  if (!isArray(items)) return [slots.map((slot) => slot.value)];
  if (open.some((slot) => slot.value !== items))
    throw new Refusal(171, 'cannot index parallel arrays');
  return (items.length === 0 ? [EMPTY] : items).flatMap((item) =>
    expand(slots.map((slot) => (open.includes(slot) ? enter(slot, item) : slot))),
  );
}

function walk({ value, rest, final }: Slot): Slot {
  const [name, ...below] = rest;
  if (name === undefined || isArray(value)) return { value, rest, final };
  if (!isDoc(value)) return { value: undefined, rest: [], final };
  return walk({ value: value.get(name), rest: below, final });
}

function enter({ rest }: Slot, item: Value): Slot {
  if (item === EMPTY || rest.length === 0) return { value: item, rest: [], final: true };
  return isDoc(item)
    ? { value: item, rest, final: false }
    : { value: undefined, rest: [], final: true };
}
