import { checkFieldPath } from '../values/paths.js';
import { ensure, unsupported } from '../values/refusal.js';
import { type Doc, toNumber, truthy } from '../values/values.js';

/** Compiles a projection of whole fields. @throws Refusal 31254, 238 for a path or an expression, as `checkFieldPath` */
export function compileProjection(projection: Doc): (doc: Doc) => Doc {
  for (const [name, value] of projection) {
    checkFieldPath(name);
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
  // `_id` is included unless the projection excludes it.
  if (including === (id === undefined || truthy(id))) named.add('_id');
  return (doc) => new Map([...doc].filter(([name]) => named.has(name) === including));
}
