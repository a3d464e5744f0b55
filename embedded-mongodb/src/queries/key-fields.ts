import { keyOf, TYPE } from '../values/keys.js';
import { checkFieldPath, type Path, searchPath } from '../values/paths.js';
import { ensure } from '../values/refusal.js';
import { type Doc, isArray, isDoc, toNumber, type Value } from '../values/values.js';

/** One field of an index or of a sort. */
export type KeyField = Readonly<{ name: string; path: Path; descending: boolean }>;

/** The values of one index entry, field by field. */
export type IndexKey = readonly (Value | undefined)[];

/** Stands for an empty array in an entry, which an index keeps apart from null. */
const EMPTY: readonly Value[] = [];

/** Reads the fields of a sort or an index. @throws Refusal 15974, 15975, as `checkFieldPath` */
export function keyFields(fields: Doc): KeyField[] {
  return [...fields].map(([name, direction]) => {
    checkFieldPath(name);
    const way = toNumber(direction);
    ensure(way !== null, 15974, `The direction of '${name}' must be a number`);
    ensure(way === 1 || way === -1, 15975, `The direction of '${name}' must be 1 or -1`);
    return { name, path: searchPath(name), descending: way === -1 };
  });
}

/**
 * The entries of a document in an index, by their keys. An array gives one entry for each element;
 * fields below the same array come from the same element. Descending fields are stored ascending
 * too, because an index can be read backwards.
 * @throws Refusal 171 when two fields lead to two different arrays
 */
export function indexKeys(fields: readonly KeyField[], doc: Doc): Map<string, IndexKey> {
  const entries = expand(fields.map(({ path }) => ({ value: doc, rest: path })));
  return new Map(entries.map((values) => [values.map(part).join(''), values]));
}

/** The key of a document in a sort: the lowest of its entries, with descending fields inverted. */
export function sortKey(fields: readonly KeyField[], doc: Doc): string {
  const keys = [...indexKeys(fields, doc).values()].map((values) =>
    values
      .map((value, i) => (fields[i]?.descending ? inverted(part(value)) : part(value)))
      .join(''),
  );
  return keys.reduce((least, key) => (key < least ? key : least));
}

const part = (value: Value | undefined): string => (value === EMPTY ? TYPE.empty : keyOf(value));

const inverted = (key: string): string =>
  Buffer.from(Buffer.from(key, 'latin1').map((byte) => 255 - byte)).toString('latin1');

/** A field on its way: the value reached and the names left; `rest` is null when the end is reached. */
type Slot = Readonly<{ value: Value | undefined; rest: Path | null }>;

/** The entries of some fields: follows each one to its end, and enters arrays element by element. */
function expand(start: readonly Slot[]): IndexKey[] {
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

/** Follows a path through documents until its end, or until an array. */
function follow({ value, rest }: Slot): Slot {
  const [name, ...others] = rest ?? [];
  if (name === undefined || isArray(value)) return { value, rest };
  return isDoc(value)
    ? follow({ value: value.get(name), rest: others })
    : { value: undefined, rest: null };
}
