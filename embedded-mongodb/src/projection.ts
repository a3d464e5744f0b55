import { MongoFailure, unsupported } from './mongo-failure.js';
import { type Path, splitPath } from './paths.js';
import { type Doc, toNumber, type Value } from './values.js';

/** Cuts a document down to the fields that were asked for. */
export type Projection = (doc: Doc) => Doc;

/** The names below one name; `null` is the whole field. */
interface Tree extends Map<string, Tree | null> {}

/** True for the values that mean "with" and "without" in a projection. */
export const isFlag = (value: Value): boolean =>
  typeof value === 'boolean' || toNumber(value) !== null;

/**
 * Compiles a projection that includes or excludes fields.
 *
 * @throws MongoFailure 31253 or 31254 when it does both, 31249 for overlapping paths, 238 for operators
 */
export function compileProjection(projection: Doc): Projection {
  const tree: Tree = new Map();
  let including: boolean | null = null;
  let withId: boolean | null = null;
  for (const [text, value] of projection) {
    if (!isFlag(value)) throw unsupported(`A projection of '${text}' by anything but 0 or 1`);
    const on = value === true || (value !== false && toNumber(value) !== 0);
    if (text === '_id') {
      withId = on;
      continue;
    }
    if (including !== null && including !== on)
      throw new MongoFailure(
        on ? 31253 : 31254,
        `Cannot do ${on ? 'inclusion' : 'exclusion'} on field ${text} in ${on ? 'exclusion' : 'inclusion'} projection`,
      );
    including = on;
    plant(tree, splitPath(text), text);
  }
  including ??= withId ?? false;
  if (including ? withId !== false : withId === false) tree.set('_id', null);
  return including ? (doc) => include(doc, tree) : (doc) => exclude(doc, tree);
}

function plant(tree: Tree, path: Path, text: string): void {
  if (path.some((name) => name.startsWith('$')))
    throw unsupported(`The positional projection '${text}'`);
  let here = tree;
  for (const [i, name] of path.entries()) {
    const below = here.get(name);
    const last = i === path.length - 1;
    if (below === null || (last && below))
      throw new MongoFailure(31249, `Path collision at ${text}`);
    const next: Tree = below ?? new Map<string, Tree | null>();
    here.set(name, last ? null : next);
    here = next;
  }
}

function include(doc: Doc, tree: Tree): Doc {
  const result: Doc = new Map();
  for (const [name, value] of doc) {
    const below = tree.get(name);
    if (below === null) result.set(name, value);
    else if (below) {
      const part = includePart(value, below);
      if (part !== undefined) result.set(name, part);
    }
  }
  return result;
}

/** A value that has no fields is left out, in an array as well. */
function includePart(value: Value, tree: Tree): Value | undefined {
  if (value instanceof Map) return include(value, tree);
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((item) => {
    const part = includePart(item, tree);
    return part === undefined ? [] : [part];
  });
}

function exclude(doc: Doc, tree: Tree): Doc {
  const result: Doc = new Map();
  for (const [name, value] of doc) {
    const below = tree.get(name);
    if (below === undefined) result.set(name, value);
    else if (below) result.set(name, excludePart(value, below));
  }
  return result;
}

function excludePart(value: Value, tree: Tree): Value {
  if (value instanceof Map) return exclude(value, tree);
  return Array.isArray(value) ? value.map((item) => excludePart(item, tree)) : value;
}
