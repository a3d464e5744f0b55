import { ensure, unsupported } from '../values/refusal.js';
import { type Doc, isDoc, toNumber, typeName, type Value } from '../values/values.js';

/** What MongoDB takes for the index on `_id`, which has no options. */
const ON_ID = ['key', 'name', 'v', 'ns'];
const FLAGS = ['unique', 'sparse', 'background'];
/** MongoDB's other kinds of indexes. */
const PLUGINS = ['text', 'hashed', '2d', '2dsphere', 'columnstore'];

/** Refuses an index that MongoDB refuses. @throws Refusal 2, 9, 14, 67, 197, 238 */
export function checkIndexSpec(spec: Doc): void {
  const { key, name } = Object.fromEntries(spec);
  ensure(key !== undefined, 9, "The 'key' field is a required property of an index specification");
  ensure(isDoc(key), 14, `The field 'key' must be an object, but got ${typeName(key)}`);
  checkKey(key);
  ensure(name !== undefined, 9, "The 'name' field is a required property");
  ensure(typeof name === 'string', 14, `The field 'name' must be a string: ${typeName(name)}`);
  ensure(name !== '' && !name.includes('\0'), 67, 'index name cannot be empty or contain NUL');
  // A drop of the index `*` would drop all indexes.
  ensure(name !== '*', 67, "The index name '*' is not valid.");
  for (const flag of FLAGS) checkFlag(flag, spec.get(flag));
  checkVersion(spec.get('v'));
  const condition = spec.get('partialFilterExpression');
  const right = condition === undefined || isDoc(condition);
  ensure(right, 14, `The field 'partialFilterExpression' must be an object`);
  const onId = key.size === 1 && key.has('_id');
  ensure(onId || name !== '_id_', 2, "The index name '_id_' is reserved for the _id index");
  if (onId) checkOnId(spec, key);
}

function checkKey(key: Doc): void {
  ensure(key.size > 0, 67, 'Index keys cannot be an empty object.');
  for (const [path, direction] of key) {
    ensure(!path.split('.').includes(''), 67, 'Index keys cannot contain an empty field.');
    if (path.includes('$**')) throw unsupported('A wildcard index');
    ensure(!/(?:^|\.)\$/.test(path), 67, "Index key contains a field name that starts with '$'.");
    if (PLUGINS.some((plugin) => plugin === direction))
      throw unsupported('An index but on 1 and -1');
    const way = toNumber(direction);
    const why = 'Values in the index key pattern must be numbers, and not 0 or NaN';
    ensure(way !== null && way !== 0 && !Number.isNaN(way), 67, why);
    if (Math.abs(way) !== 1) throw unsupported('An index but on 1 and -1');
  }
}

function checkFlag(name: string, value: Value | undefined): void {
  const right = value === undefined || typeof value === 'boolean' || toNumber(value) !== null;
  ensure(
    right,
    14,
    `The field '${name}' is a ${typeName(value)}, which is not convertible to bool`,
  );
}

function checkVersion(value: Value | undefined): void {
  if (value === undefined) return;
  const version = toNumber(value);
  ensure(version !== null, 14, `The field 'v' must be a number, but got ${typeName(value)}`);
  ensure(Number.isInteger(version), 2, 'Index version must be representable as a 32-bit integer');
  ensure(version === 1 || version === 2, 67, `cannot create an index with v=${version}`);
}

function checkOnId(spec: Doc, key: Doc): void {
  for (const name of spec.keys())
    ensure(ON_ID.includes(name), 197, `The field '${name}' is not valid for an _id index`);
  ensure(toNumber(key.get('_id')) === 1, 2, "The field 'key' for an _id index must be {_id: 1}");
}
