import { isIdentical } from './codec.js';
import { ensure, unsupported } from './refusal.js';
import { type Doc, isArray, isDoc, type Value } from './values.js';

/** A dotted path, split into its names. */
export type Path = readonly string[];

/** A document has at most 100 levels, so a longer path can't reach a field. */
const MAX_PATH = 100;

/** Splits `a.b.c`. @throws Refusal 56 when a name is empty, 2 when there are too many, 238 for `$` */
export function splitPath(path: string): Path {
  const names = path.split('.');
  ensure(!names.includes(''), 56, `The path '${path}' has an empty field name`);
  ensure(names.length <= MAX_PATH, 2, `The path '${path.slice(0, 60)}…' is too long`);
  if (names.some((name) => name.startsWith('$')))
    throw unsupported(`A name with a dollar, as in '${path}',`);
  return names;
}

/** Refuses empty names as sorts, projections and expressions do. @throws Refusal 40352, 40353, 15998 */
export function checkFieldPath(path: string): void {
  ensure(path !== '', 40352, 'FieldPath cannot be constructed with empty string');
  ensure(!path.endsWith('.'), 40353, "FieldPath must not end with a '.'.");
  ensure(!path.split('.').includes(''), 15998, 'FieldPath field names may not be empty strings.');
}

/**
 * Splits the path of a filter, an index or a sort. There, a number behind a name may mean an
 * element's place or a field's name; index and filter could read it differently, so it is refused.
 * @throws Refusal 238 for such a number, and as `splitPath`
 */
export function searchPath(path: string): Path {
  const names = splitPath(path);
  if (names.slice(1).some(isIndex)) throw unsupported(`A place in an array, as in '${path}',`);
  return names;
}

/** True for a place in an array: `0` and `12`, but not `01`. */
const isIndex = (name: string): boolean => /^(?:0|[1-9]\d*)$/.test(name);

/**
 * The values that a filter's path reaches. The path goes through each document of an array, as in
 * MongoDB. The result has an `undefined` for each document without the field, and nothing for
 * elements that are no documents.
 */
export function reach(doc: Doc, path: Path, at = 0): readonly (Value | undefined)[] {
  const value = doc.get(path[at] ?? '');
  if (at === path.length - 1) return [value];
  if (isDoc(value)) return reach(value, path, at + 1);
  if (!isArray(value)) return [undefined];
  return value.filter(isDoc).flatMap((item) => reach(item, path, at + 1));
}

/** Gives the new value for an old one; `undefined` stands for a missing field. */
export type Change = (before: Value | undefined) => Value | undefined;

/**
 * Changes the value at a path and gives the new document, or the same one when nothing changed. A number in the path reaches an element
 * that the array has. Documents that are missing on the way are made if `change` gives a value.
 * @throws Refusal 28 when a value on the way can't hold a field
 */
export function alter(doc: Doc, path: Path, change: Change): Doc {
  const after = alterValue(doc, path, change);
  return isDoc(after) ? after : doc;
}

function alterValue(here: Value | undefined, path: Path, change: Change): Value | undefined {
  const [name, ...rest] = path;
  if (name === undefined) {
    const changed = change(here);
    return isIdentical(here, changed) ? here : changed;
  }
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
