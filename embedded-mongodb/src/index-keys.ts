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
 * The entries of a document in an index on these fields, each once, under its bytes as Latin-1: one
 * for each element of an array. Fields below one array come from one element of it.
 *
 * @throws Refusal 171 when two fields are arrays side by side
 */
export function indexKeys(fields: readonly KeyField[], doc: Doc): Map<string, IndexKey> {
  const rows = expand(fields.map(({ path }) => ({ value: doc, rest: path })));
  return new Map(
    rows.map((values) => {
      const bytes = Buffer.concat(values.map((value, i) => part(value, fields[i]?.descending)));
      return [bytes.toString('latin1'), { bytes, values }];
    }),
  );
}

/** The key of a document in a sort: the least of its entries, as in an index. */
export function sortKey(fields: readonly KeyField[], doc: Doc): Buffer {
  const keys = [...indexKeys(fields, doc).values()].map(({ bytes }) => bytes);
  return keys.reduce((least, bytes) => (Buffer.compare(bytes, least) < 0 ? bytes : least));
}

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
  if (open.some(({ value }) => value !== items))
    throw new Refusal(171, 'cannot index parallel arrays');
  const entered = (slot: Slot, item: Value): Slot => {
    if (!open.includes(slot)) return slot;
    if (slot.rest?.length === 0 || item === EMPTY) return { value: item, rest: null };
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

function part(value: Value | undefined, descending = false): Buffer {
  const bytes = value === EMPTY ? EMPTY_ARRAY_KEY : keyBytes(value);
  return descending ? invert(bytes) : bytes;
}
