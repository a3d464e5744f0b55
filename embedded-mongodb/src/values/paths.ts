import { keyOf, TYPE } from './keys.js';
import { ensure, unsupported } from './refusal.js';
import { type Doc, isArray, isDoc, toNumber, truthy, type Value } from './values.js';

/** A dotted path, cut into its names. */
export type Path = readonly string[];

/** MongoDB's own limit is the nesting of documents; a longer path can't lead anywhere. */
const MAX_PATH = 100;

/** Cuts `a.b.c`. @throws Refusal 56 when a name is empty, 2 when there are too many, 238 for `$` */
export function splitPath(path: string): Path {
  const names = path.split('.');
  ensure(!names.includes(''), 56, `The path '${path}' has an empty field name`);
  ensure(names.length <= MAX_PATH, 2, `The path '${path.slice(0, 60)}…' is too long`);
  if (names.some((name) => name.startsWith('$')))
    throw unsupported(`A name with a dollar, as in '${path}',`);
  return names;
}

/**
 * Cuts the path of a filter, an index or a sort. A number below a name may mean a place in an array
 * or a name, so that entries, sorts and filters could disagree.
 * @throws Refusal 238 for such a number, and as `splitPath`
 */
export function searchPath(path: string): Path {
  const names = splitPath(path);
  if (names.slice(1).some(isIndex)) throw unsupported(`A place in an array, as in '${path}',`);
  return names;
}

/** True for `0`, `12`, but not `01`: a place in an array. */
const isIndex = (name: string): boolean => /^(?:0|[1-9]\d*)$/.test(name);

/**
 * What a path of a filter reaches, through arrays of documents as MongoDB walks them. `undefined`
 * stands for a document that lacks the field; an array without documents on the way gives nothing.
 */
export function reach(doc: Doc, path: Path, at = 0): readonly (Value | undefined)[] {
  const value = doc.get(path[at] ?? '');
  if (at === path.length - 1) return [value];
  if (isDoc(value)) return reach(value, path, at + 1);
  if (!isArray(value)) return [undefined];
  return value.filter(isDoc).flatMap((item) => reach(item, path, at + 1));
}

/** What becomes of a value; `undefined` is no field. */
export type Change = (before: Value | undefined) => Value | undefined;

/**
 * The document with the value at the path changed; an array is entered by the number of an element
 * that is there. Documents on the way are made where `change` gives a value.
 * @throws Refusal 28 when something on the way can't hold a field
 */
export function alter(doc: Doc, path: Path, change: Change): Doc {
  const after = alterValue(doc, path, change);
  return isDoc(after) ? after : doc;
}

function alterValue(here: Value | undefined, path: Path, change: Change): Value | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return change(here);
  const items = isArray(here) && isIndex(name) && Number(name) < here.length ? here : null;
  const before = isDoc(here) ? here.get(name) : items?.[Number(name)];
  const after = alterValue(before, rest, change);
  if (after === before) return here;
  if (here === undefined && after !== undefined) return new Map([[name, after]]);
  if (items) return items.with(Number(name), after ?? null);
  ensure(isDoc(here), 28, `Cannot create field '${name}' in a value of another type`);
  const copy = new Map(here);
  if (after === undefined) copy.delete(name);
  else copy.set(name, after);
  return copy;
}

/** One field of an index or of a sort. */
export type KeyField = Readonly<{ name: string; path: Path; descending: boolean }>;

/** What one entry that a document has in an index holds, field by field. */
export type IndexKey = readonly (Value | undefined)[];

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
 * The entries of a document in an index, by their keys: one for each element of an array. Fields
 * below one array come from one element of it. All go upwards: an index can be read backwards.
 * @throws Refusal 171 when two fields are arrays side by side
 */
export function indexKeys(fields: readonly KeyField[], doc: Doc): Map<string, IndexKey> {
  const entries = expand(fields.map(({ path }) => ({ value: doc, rest: path })));
  return new Map(entries.map((values) => [values.map(part).join(''), values]));
}

/** The key of a document in a sort: the least of its entries, a descending field upside down. */
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

/** How far a field has been followed; no `rest` when it is at its end, an element of an array included. */
type Slot = Readonly<{ value: Value | undefined; rest: Path | null }>;

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

/** Follows a path through documents, up to its end or to an array. */
function follow({ value, rest }: Slot): Slot {
  const [name, ...others] = rest ?? [];
  if (name === undefined || isArray(value)) return { value, rest };
  return isDoc(value)
    ? follow({ value: value.get(name), rest: others })
    : { value: undefined, rest: null };
}

/** Includes or excludes whole fields. @throws Refusal 31254 for both, 238 for a path or an expression */
export function compileProjection(projection: Doc): (doc: Doc) => Doc {
  for (const [name, value] of projection) {
    const plain = typeof value === 'boolean' || toNumber(value) !== null;
    if (!plain || name.includes('.') || name.startsWith('$'))
      throw unsupported(`A projection of '${name}' but of a whole field by 0 or 1`);
  }
  const others = [...projection.keys()].filter((name) => name !== '_id');
  const id = projection.get('_id');
  const including = truthy(projection.get(others[0] ?? '_id'));
  const alike = others.every((name) => truthy(projection.get(name)) === including);
  ensure(alike, 31254, "A projection can't both include and exclude");
  const named = new Set(others);
  if (including === (id === undefined || truthy(id))) named.add('_id');
  return (doc) => new Map([...doc].filter(([name]) => named.has(name) === including));
}
