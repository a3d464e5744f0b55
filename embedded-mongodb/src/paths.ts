import { badValue, Refusal, unsupported } from './refusal.js';
import { type Doc, isArray, isDoc, show, type Value } from './values.js';

/** A dotted path, cut into its names. */
export type Path = readonly string[];

/** MongoDB's own limit is the nesting of documents; a longer path can't lead anywhere. */
const MAX_PATH = 100;

/** The path of a bare value: it stands under the empty name, and is not opened when it is an array. */
export const BARE: Path = [];

/** Cuts `a.b.c`. @throws Refusal 56 when a name is empty, 2 when there are too many, 238 for `$` */
export function splitPath(path: string): Path {
  const names = path.split('.');
  if (names.includes('')) throw new Refusal(56, `The path '${path}' has an empty field name`);
  if (names.length > MAX_PATH) throw badValue(`The path '${path.slice(0, 60)}…' is too long`);
  if (names.some((name) => name.startsWith('$') && !/^\$(?:ref|id|db)$/.test(name)))
    throw unsupported(`A name with a dollar, as in '${path}',`);
  return names;
}

/** True for `0`, `12`, but not `01`: a place in an array, and none so far that nulls up to it fill the memory. */
export const isIndex = (name: string): boolean => /^(?:0|[1-9]\d{0,5})$/.test(name);

/**
 * What a path of a filter reaches, through arrays of documents as MongoDB walks them. `undefined`
 * stands for a document that lacks the field; an array without documents on the way gives nothing.
 */
export function reach(doc: Doc, path: Path): (Value | undefined)[] {
  if (path === BARE) return [doc.get('')];
  const found: (Value | undefined)[] = [];
  walk(doc, path, 0, found);
  return found;
}

/** As `reach`, and the elements of an array at the end of the path besides the array itself. */
export function reachElements(doc: Doc, path: Path): (Value | undefined)[] {
  const found = reach(doc, path);
  if (path === BARE) return found;
  return found.flatMap((value) => (isArray(value) ? [...value, value] : [value]));
}

function walk(doc: Doc, path: Path, at: number, found: (Value | undefined)[]): void {
  const value = doc.get(path[at] ?? '');
  if (at === path.length - 1) found.push(value);
  else if (isDoc(value)) walk(value, path, at + 1, found);
  else if (isArray(value)) walkArray(value, path, at + 1, found);
  else found.push(undefined);
}

function walkArray(
  items: readonly Value[],
  path: Path,
  at: number,
  found: (Value | undefined)[],
): void {
  for (const item of items) if (isDoc(item)) walk(item, path, at, found);
  const name = path[at] ?? '';
  const item = itemAt(items, name);
  if (item === undefined) return;
  if (at === path.length - 1) found.push(item);
  else if (isDoc(item)) walk(item, path, at + 1, found);
  else if (isArray(item)) walkArray(item, path, at + 1, found);
}

/** What an aggregation's path gives: a number is a name, and an array the array of what is inside. */
export function follow(value: Value | undefined, path: Path): Value | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (isDoc(value)) return follow(value.get(name), rest);
  if (!isArray(value)) return undefined;
  return value.flatMap((item) => {
    const inner = isDoc(item) || isArray(item) ? follow(item, path) : undefined;
    return inner === undefined ? [] : [inner];
  });
}

/**
 * The document with the value at the path changed; an array is entered by number only. Documents on
 * the way are made where `change` gives a value, and `undefined` removes the field.
 *
 * @throws Refusal 28 when something on the way can't hold a field
 */
export function alter(
  doc: Doc,
  path: Path,
  change: (before: Value | undefined) => Value | undefined,
): Doc {
  const after = alterValue(doc, path, change);
  return isDoc(after) ? after : doc;
}

function alterValue(
  here: Value | undefined,
  path: Path,
  change: (before: Value | undefined) => Value | undefined,
): Value | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return change(here);
  const before = isDoc(here) ? here.get(name) : isArray(here) ? itemAt(here, name) : undefined;
  const after = alterValue(before, rest, change);
  if (after === before) return here;
  if (here === undefined && after !== undefined) return new Map([[name, after]]);
  if (isDoc(here)) return withField(here, name, after);
  if (isArray(here) && isIndex(name)) return withPlace(here, Number(name), after ?? null);
  throw new Refusal(28, `Cannot create field '${name}' in element ${show(here)}`);
}

const itemAt = (items: readonly Value[], name: string): Value | undefined =>
  isIndex(name) ? items[Number(name)] : undefined;

function withField(doc: Doc, name: string, value: Value | undefined): Doc {
  const copy = new Map(doc);
  if (value === undefined) copy.delete(name);
  else copy.set(name, value);
  return copy;
}

/** A place past the end is reached by nulls. */
function withPlace(items: readonly Value[], place: number, value: Value): Value[] {
  const copy = [...items];
  while (copy.length < place) copy.push(null);
  copy[place] = value;
  return copy;
}
