import { follow, type Path, splitPath } from './paths.js';
import { badValue, Refusal, unsupported } from './refusal.js';
import { type Doc, isArray, isDoc, toNumber, truthy, type Value } from './values.js';

/** Cuts a document down to the fields that were asked for. */
export type Projection = (doc: Doc) => Doc;
/** A compiled aggregation expression; `undefined` is a missing field. */
export type Expression = (doc: Doc) => Value | undefined;

/** The names below one name; `null` is the whole field. */
interface Tree extends Map<string, Tree | null> {}

/**
 * Compiles a projection that includes or excludes fields; `{ name: '$a.b' }` gives one a new name.
 *
 * @throws Refusal 31254 when it does both, 31249 for overlapping paths, 238 for operators
 */
export function compileProjection(projection: Doc): Projection {
  const flags = [...projection].filter(([, value]) => isFlag(value));
  const computed = [...projection].filter(([, value]) => !isFlag(value)).map(compileField);
  const others = flags.filter(([name]) => name !== '_id');
  const id = projection.get('_id');
  const including = computed.length > 0 || truthy(others[0]?.[1] ?? id);
  const tree: Tree = new Map();
  for (const [text, value] of others) {
    if (truthy(value) !== including)
      throw new Refusal(31254, `A projection can't both include and exclude: ${text}`);
    plant(tree, splitPath(text), text);
  }
  if (including === (id === undefined || truthy(id))) tree.set('_id', null);
  return (doc) => {
    const result = new Map(cut(doc, tree, including));
    for (const { name, expression } of computed) {
      const value = expression(doc);
      if (value !== undefined) result.set(name, value);
    }
    return result;
  };
}

/** Compiles a path, a constant or a document of such. @throws Refusal 238 for operators and variables */
export function compileExpression(value: Value): Expression {
  if (typeof value === 'string' && value.startsWith('$')) {
    const path = splitPath(value.slice(1));
    return (doc) => follow(doc, path);
  }
  if (isArray(value)) throw unsupported('An array as an expression');
  if (!isDoc(value)) return () => value;
  const fields = [...value].map(compileField);
  return (doc) => {
    const result = new Map<string, Value>();
    for (const { name, expression } of fields) {
      const item = expression(doc);
      if (item !== undefined) result.set(name, item);
    }
    return result;
  };
}

function compileField([name, value]: [string, Value]): { name: string; expression: Expression } {
  if (name.startsWith('$')) throw unsupported(`The expression operator ${name}`);
  if (name === '' || name.includes('.'))
    throw badValue(`The field name '${name}' can't be computed`);
  return { name, expression: compileExpression(value) };
}

const isFlag = (value: Value): boolean => typeof value === 'boolean' || toNumber(value) !== null;

function plant(tree: Tree, path: Path, text: string): void {
  const [name = '', ...rest] = path;
  const below = tree.get(name);
  if (below === null || (below && rest.length === 0))
    throw new Refusal(31249, `Path collision at ${text}`);
  if (rest.length === 0) tree.set(name, null);
  else {
    const next: Tree = below ?? new Map();
    tree.set(name, next);
    plant(next, rest, text);
  }
}

function cut(doc: Doc, tree: Tree, including: boolean): Doc {
  const result = new Map<string, Value>();
  for (const [name, value] of doc) {
    const below = tree.get(name);
    if (below === undefined ? !including : below === null && including) result.set(name, value);
    const part = below ? cutValue(value, below, including) : undefined;
    if (part !== undefined) result.set(name, part);
  }
  return result;
}

/** A value that has no fields is left out when fields are included, in an array as well. */
function cutValue(value: Value, tree: Tree, including: boolean): Value | undefined {
  if (isDoc(value)) return cut(value, tree, including);
  if (!isArray(value)) return including ? undefined : value;
  return value.flatMap((item) => {
    const part = cutValue(item, tree, including);
    return part === undefined ? [] : [part];
  });
}
