import { MongoFailure, unsupported } from './mongo-failure.js';
import { isIndex, splitPath, type Path } from './paths.js';
import { type Doc, show, type Value } from './values.js';

/** MongoDB's limit on the nulls that setting a far place of an array may add. */
const MAX_PADDING = 1_500_000;

/** The path of an update operator. @throws MongoFailure 52 or 56 for a bad name, 238 for `$` and `$[]` */
export function updatePath(text: string): Path {
  const path = splitPath(text);
  if (path.some((name) => name === '$' || /^\$\[.*\]$/.test(name)))
    throw unsupported('The positional operator in an update');
  const dollar = path.find((name) => name.startsWith('$'));
  if (dollar !== undefined)
    throw new MongoFailure(
      52,
      `The dollar ($) prefixed field '${dollar}' is not valid for storage.`,
    );
  return path;
}

/** What stands at the path now; an array is entered by number only. */
export function valueAt(doc: Doc, path: Path): Value | undefined {
  let here: Value | undefined = doc;
  for (const name of path) {
    if (here instanceof Map) here = here.get(name);
    else if (Array.isArray(here) && isIndex(name)) here = here[Number(name)];
    else return undefined;
  }
  return here;
}

/**
 * Sets the value at the path and makes the documents on the way.
 *
 * @throws MongoFailure 28 when something on the way can't hold a field
 */
export function setAt(doc: Doc, path: Path, value: Value): void {
  let here: Doc | Value[] = doc;
  path.forEach((name, i) => {
    const last = i === path.length - 1;
    const child: Value | undefined = here instanceof Map ? here.get(name) : here[placeIn(name)];
    if (last) put(here, name, value);
    else if (child === undefined) {
      const made: Doc = new Map();
      put(here, name, made);
      here = made;
    } else if (child instanceof Map || Array.isArray(child)) here = child;
    else {
      const next = path[i + 1] ?? '';
      throw new MongoFailure(
        28,
        `Cannot create field '${next}' in element {${name}: ${show(child)}}`,
      );
    }
  });
}

/** Removes the field at the path; a place in an array becomes null, as in MongoDB. */
export function unsetAt(doc: Doc, path: Path): void {
  const parent = valueAt(doc, path.slice(0, -1));
  const name = path.at(-1) ?? '';
  if (parent instanceof Map) parent.delete(name);
  else if (Array.isArray(parent) && isIndex(name) && Number(name) < parent.length)
    parent[Number(name)] = null;
}

function placeIn(name: string): number {
  if (!isIndex(name))
    throw new MongoFailure(28, `Cannot create field '${name}' in element that is an array`);
  return Number(name);
}

function put(here: Doc | Value[], name: string, value: Value): void {
  if (here instanceof Map) {
    here.set(name, value);
    return;
  }
  const place = placeIn(name);
  if (place > here.length + MAX_PADDING)
    throw new MongoFailure(2, `Setting place ${place} would add too many nulls to the array`);
  while (here.length < place) here.push(null);
  here[place] = value;
}
