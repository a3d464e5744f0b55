import { EMPTY_ARRAY_KEY, invert, keyBytes } from './key-bytes.js';
import { isIndex, type Path, reach, splitPath } from './paths.js';
import { Refusal, unsupported } from './refusal.js';
import { type Doc, isArray, toNumber, type Value } from './values.js';

/** One field of an index or of a sort. */
export interface KeyField {
  readonly name: string;
  readonly path: Path;
  readonly descending: boolean;
}

/** One entry that a document has in an index. */
export interface IndexKey {
  readonly bytes: Buffer;
  readonly values: readonly (Value | undefined)[];
}

/** Stands for an empty array, which has an entry of its own in an index. */
const EMPTY: readonly Value[] = [];

/** The fields of a sort or an index. @throws Refusal 15975 when a direction is not 1 or -1 */
export function keyFields(fields: Doc): KeyField[] {
  return [...fields].map(([name, direction]) => {
    const way = toNumber(direction);
    if (way !== 1 && way !== -1)
      throw new Refusal(15975, `The direction of '${name}' must be 1 or -1`);
    const path = splitPath(name);
    // A number may mean a place or a name: entries, sorts and filters could disagree.
    if (path.slice(1).some(isIndex)) throw unsupported(`A place in an array, as in '${name}',`);
    return { name, path, descending: way === -1 };
  });
}

/**
 * The entries of a document in an index on these fields, each once, under its bytes as Latin-1: one
 * for each element of an array.
 *
 * @throws Refusal 171 when more than one field comes from arrays
 */
export function indexKeys(fields: readonly KeyField[], doc: Doc): Map<string, IndexKey> {
  let rows: (Value | undefined)[][] = [[]];
  let arrays = 0;
  for (const { path } of fields) {
    const found = reach(doc, path);
    const items = (found.length > 0 ? found : [undefined]).flatMap(elements);
    if ((found.length > 1 || isArray(found[0])) && arrays++ > 0)
      throw new Refusal(171, 'cannot index parallel arrays');
    rows = rows.flatMap((row) => items.map((item) => [...row, item]));
  }
  return new Map(
    rows.map((values) => {
      const bytes = Buffer.concat(values.map((value, i) => part(value, fields[i]?.descending)));
      return [bytes.toString('latin1'), { bytes, values }];
    }),
  );
}

/** The key of a document in a sort: the least of its entries, as in an index. */
export function sortKey(fields: readonly KeyField[], doc: Doc): Buffer {
  const keys = [...indexKeys(fields, doc).values()].map(({ bytes }) => bytes);
  return keys.reduce((least, bytes) => (Buffer.compare(bytes, least) < 0 ? bytes : least));
}

const elements = (value: Value | undefined): readonly (Value | undefined)[] =>
  !isArray(value) ? [value] : value.length > 0 ? value : [EMPTY];

function part(value: Value | undefined, descending = false): Buffer {
  const bytes = value === EMPTY ? EMPTY_ARRAY_KEY : keyBytes(value);
  return descending ? invert(bytes) : bytes;
}
