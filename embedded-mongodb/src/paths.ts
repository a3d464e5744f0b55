import { ensure, unsupported } from './refusal.js';
import { type Doc, isArray, isDoc, type Value } from './values.js';

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

/** The elements of an array and the array itself; of anything else itself. */
export const elements = (value: Value | undefined): readonly (Value | undefined)[] =>
  isArray(value) ? [...value, value] : [value];

/** What becomes of a value; `undefined` is no field. */
export type Change = (before: Value | undefined) => Value | undefined;

/**
 * The document with the value at the path changed; an array is entered by the
 * number of an element that is there. Documents on
 * the way are made where `change` gives a value, and `undefined` removes the field.
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
