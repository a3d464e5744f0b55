import { type Path, splitPath } from './paths.js';
import { Refusal, unsupported } from './refusal.js';
import { type Doc, isArray, isDoc, toNumber, truthy, type Value } from './values.js';

/** Cuts a document down to the fields that were asked for. */
export type Projection = (doc: Doc) => Doc;

/** The names below one name; `null` is the whole field. */
interface Tree extends Map<string, Tree | null> {}

/**
 * Compiles a projection that includes or excludes fields.
 *
 * @throws Refusal 31254 when it does both, 31249 for overlapping paths, 238 for anything but 0 and 1
 */
export function compileProjection(projection: Doc): Projection {
  const others = [...projection].filter(([name]) => name !== '_id');
  const id = projection.get('_id');
  const including = truthy(others[0]?.[1] ?? id);
  const tree: Tree = new Map();
  for (const [text, value] of projection) {
    if (typeof value !== 'boolean' && toNumber(value) === null)
      throw unsupported(`A projection of '${text}' by anything but 0 or 1`);
    if (text === '_id') continue;
    if (truthy(value) !== including)
      throw new Refusal(31254, `A projection can't both include and exclude: ${text}`);
    plant(tree, splitPath(text), text);
  }
  if (including === (id === undefined || truthy(id))) tree.set('_id', null);
  return (doc) => cut(doc, tree, including);
}

function plant(tree: Tree, [name = '', ...rest]: Path, text: string): void {
  const below = tree.get(name);
  if (below === null || (below && rest.length === 0))
    throw new Refusal(31249, `Path collision at ${text}`);
  const next: Tree = below ?? new Map();
  tree.set(name, rest.length === 0 ? null : next);
  if (rest.length > 0) plant(next, rest, text);
}

function cut(doc: Doc, tree: Tree, including: boolean): Doc {
  const result = new Map<string, Value>();
  for (const [name, value] of doc) {
    const below = tree.get(name);
    const whole = below === undefined ? !including : including;
    const part = below ? cutValue(value, below, including) : whole ? value : undefined;
    if (part !== undefined) result.set(name, part);
  }
  return result;
}

/** A value that has no fields is left out when fields are included, in an array as well. */
function cutValue(value: Value, tree: Tree, including: boolean): Value | undefined {
  if (isDoc(value)) return cut(value, tree, including);
  if (!isArray(value)) return including ? undefined : value;
  const parts = value.map((item) => cutValue(item, tree, including));
  return parts.filter((part) => part !== undefined);
}
