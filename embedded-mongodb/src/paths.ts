import { badValue, MongoFailure } from './mongo-failure.js';
import type { Doc, Value } from './values.js';

/** A dotted path, cut into its names. */
export type Path = readonly string[];

/** MongoDB's own limit is the nesting of documents; a longer path can't lead anywhere. */
const MAX_PATH = 100;

/** The path of a bare value: it stands under the empty name, and is not opened when it is an array. */
export const BARE: Path = [];

/** Cuts `a.b.c`. @throws MongoFailure 56 when a name is empty, 2 when there are too many */
export function splitPath(path: string): Path {
  const names = path.split('.');
  if (names.includes('')) throw new MongoFailure(56, `The path '${path}' has an empty field name`);
  if (names.length > MAX_PATH) throw badValue(`The path '${path.slice(0, 60)}…' is too long`);
  return names;
}

/** True for `0`, `12`, but not `01`: a name that can stand for a place in an array. */
export const isIndex = (name: string): boolean => /^(?:0|[1-9]\d{0,6})$/.test(name);

/**
 * What a path of a filter reaches, through arrays of documents as MongoDB walks them. `undefined`
 * stands for a document that lacks the field; an array without documents on the way gives nothing.
 */
export function reach(doc: Doc, path: Path): (Value | undefined)[] {
  const found: (Value | undefined)[] = [];
  if (path === BARE) return [doc.get('')];
  walk(doc, path, 0, found);
  return found;
}

/** As `reach`, and the elements of an array at the end of the path besides the array itself. */
export function reachElements(doc: Doc, path: Path): (Value | undefined)[] {
  if (path === BARE) return reach(doc, path);
  const [name] = path;
  if (path.length === 1 && name !== undefined) return withElements(doc.get(name));
  const found: (Value | undefined)[] = [];
  walk(doc, path, 0, found);
  return found.flatMap(withElements);
}

function withElements(value: Value | undefined): (Value | undefined)[] {
  return Array.isArray(value) ? [...value, value] : [value];
}

function walk(doc: Doc, path: Path, at: number, found: (Value | undefined)[]): void {
  const value = doc.get(path[at] ?? '');
  if (at === path.length - 1) found.push(value);
  else if (value instanceof Map) walk(value, path, at + 1, found);
  else if (Array.isArray(value)) walkArray(value, path, at + 1, found);
  else found.push(undefined);
}

function walkArray(items: Value[], path: Path, at: number, found: (Value | undefined)[]): void {
  for (const item of items) if (item instanceof Map) walk(item, path, at, found);
  const name = path[at] ?? '';
  if (!isIndex(name)) return;
  const item = items[Number(name)];
  if (item === undefined) return;
  if (at === path.length - 1) found.push(item);
  else if (item instanceof Map) walk(item, path, at + 1, found);
  else if (Array.isArray(item)) walkArray(item, path, at + 1, found);
}
