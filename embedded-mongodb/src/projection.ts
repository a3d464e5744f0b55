import { ensure, unsupported } from './refusal.js';
import { type Doc, toNumber, truthy } from './values.js';

/** Cuts a document down to the fields that were asked for. */
export type Projection = (doc: Doc) => Doc;

/**
 * Compiles a projection that includes or excludes whole fields.
 * @throws Refusal 31254 when it does both, 238 for a path and for anything but 0 and 1
 */
export function compileProjection(projection: Doc): Projection {
  for (const [name, value] of projection)
    if (
      name.includes('.') ||
      name.startsWith('$') ||
      (typeof value !== 'boolean' && toNumber(value) === null)
    )
      throw unsupported(`A projection of '${name}' but of a whole field by 0 or 1`);
  const others = [...projection.keys()].filter((name) => name !== '_id');
  const id = projection.get('_id');
  const including = truthy(projection.get(others[0] ?? '_id'));
  const alike = others.every((name) => truthy(projection.get(name)) === including);
  ensure(alike, 31254, "A projection can't both include and exclude");
  const named = new Set(others);
  if (including === (id === undefined || truthy(id))) named.add('_id');
  return (doc) => new Map([...doc].filter(([name]) => named.has(name) === including));
}
