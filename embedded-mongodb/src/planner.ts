import { BSONRegExp } from 'bson';
import type { Collection, Index } from './catalog.js';
import type { KeyField } from './index-keys.js';
import { afterPrefix, FIRST_NUMBER, invert, keyBytes, TYPE } from './key-bytes.js';
import { filters, isOperators } from './matcher.js';
import { splitPath } from './paths.js';
import type { KeyRange } from './store.js';
import { setAt } from './update-paths.js';
import { type Doc, toNumber, type Value } from './values.js';

/** Where to look for the documents of a filter; all of them still have to be tested. */
export interface Plan {
  /** `null`: the whole collection, in the order of insertion. */
  readonly ranges: readonly KeyRange[] | null;
  readonly reverse: boolean;
  /** True when the documents come in the order that was asked for. */
  readonly sorted: boolean;
}

/** What the filter says about one path, as far as an index can use it. */
interface Bound {
  points?: Value[];
  low?: Edge;
  high?: Edge;
}
interface Edge {
  readonly key: Buffer;
  readonly inclusive: boolean;
}
interface Candidate extends Plan {
  readonly score: number;
}

/** More stretches than this cost more than they save. */
const MAX_RANGES = 50_000;
const RANGE_TYPES = new Set<number>([
  TYPE.number,
  TYPE.string,
  TYPE.date,
  TYPE.objectId,
  TYPE.boolean,
  TYPE.binary,
]);

/** Chooses the index with the most fields pinned; `$or` becomes a union when each branch has one. */
export function plan(collection: Collection, filter: Doc, sort: readonly KeyField[]): Plan {
  const best = choose(collection, [filter], sort);
  // 10 is one field pinned by equality: better than a union, which is better than a range.
  if (best && best.score >= 10) return best;
  return (
    union(collection, filter) ?? best ?? { ranges: null, reverse: false, sorted: sort.length === 0 }
  );
}

function union(collection: Collection, filter: Doc): Plan | null {
  const branches = filter.get('$or');
  if (branches === undefined) return null;
  const ranges: KeyRange[] = [];
  const others = new Map([...filter].filter(([key]) => key !== '$or'));
  for (const branch of filters('$or', branches)) {
    const part = choose(collection, [others, branch], []);
    if (!part?.ranges) return null;
    ranges.push(...part.ranges);
  }
  return { ranges, reverse: false, sorted: false };
}

function choose(
  collection: Collection,
  conjunction: readonly Doc[],
  sort: readonly KeyField[],
): Candidate | null {
  const bounds = new Map<string, Bound>();
  for (const filter of conjunction) collect(filter, bounds);
  let best: Candidate | null = null;
  for (const index of collection.indexes) {
    if (!usable(index, bounds)) continue;
    const candidate = consider(index, bounds, sort);
    if (candidate.score > (best?.score ?? 0)) best = candidate;
  }
  return best;
}

function collect(filter: Doc, bounds: Map<string, Bound>): void {
  for (const [key, condition] of filter) {
    if (key === '$and') for (const part of filters(key, condition)) collect(part, bounds);
    if (key.startsWith('$')) continue;
    const bound = bounds.get(key) ?? {};
    bounds.set(key, bound);
    if (!isOperators(condition)) addPoints(bound, [condition]);
    else for (const [operator, operand] of condition) addOperator(bound, operator, operand);
  }
}

function addOperator(bound: Bound, operator: string, operand: Value): void {
  if (operator === '$eq') addPoints(bound, [operand]);
  else if (operator === '$in' && Array.isArray(operand)) addPoints(bound, operand);
  else if (/^\$[gl]te?$/.test(operator)) {
    const key = keyBytes(operand);
    if (!RANGE_TYPES.has(key.readUInt8(0)) || Number.isNaN(toNumber(operand))) return;
    const edge = { key, inclusive: operator.endsWith('e') };
    if (operator.startsWith('$g')) bound.low ??= edge;
    else bound.high ??= edge;
  }
}

/** An array is found under its elements and a pattern under many keys: neither is a point. */
function addPoints(bound: Bound, values: readonly Value[]): void {
  if (values.some((value) => Array.isArray(value) || value instanceof BSONRegExp)) return;
  if (!bound.points || values.length < bound.points.length) bound.points = [...values];
}

/** An index that leaves documents out may only be used when the filter leaves them out, too. */
function usable({ spec }: Index, bounds: ReadonlyMap<string, Bound>): boolean {
  if (spec.partial) return implies(spec.partial, bounds);
  if (!spec.sparse) return true;
  return [...spec.key.keys()].some((name) => {
    const bound = bounds.get(name);
    if (bound?.points) return bound.points.every((value) => value !== null);
    return bound?.low !== undefined || bound?.high !== undefined;
  });
}

/** Tests the expression on documents made of what the filter pins; its conditions are on single paths. */
function implies(partial: (doc: Doc) => boolean, bounds: ReadonlyMap<string, Bound>): boolean {
  const pinned = [...bounds].flatMap(([path, { points }]) =>
    points && points.length > 0 && points.every((value) => value !== null)
      ? [{ path, points }]
      : [],
  );
  const rounds = Math.max(0, ...pinned.map(({ points }) => points.length));
  for (let round = 0; round < rounds; round++) {
    const doc: Doc = new Map();
    for (const { path, points } of pinned) {
      const value = points[Math.min(round, points.length - 1)];
      try {
        if (value !== undefined) setAt(doc, splitPath(path), value);
      } catch {
        return false; // the filter pins a path and a part of it: rare, and a scan is right
      }
    }
    if (!partial(doc)) return false;
  }
  return rounds > 0;
}

function consider(
  index: Index,
  bounds: ReadonlyMap<string, Bound>,
  sort: readonly KeyField[],
): Candidate {
  const { fields, unique } = index.spec;
  let prefixes = [Buffer.alloc(0)];
  let edges: { low: Buffer; high: Buffer }[] | null = null;
  let pinned = 0;
  const roots = new Set<string>();
  for (const { path, descending } of fields) {
    const bound = bounds.get(path.join('.'));
    const root = path[0] ?? '';
    // Two conditions on one array may be met by two elements, and no entry has both.
    if (!bound || (index.multikey && roots.has(root))) break;
    roots.add(root);
    const { points } = bound;
    if (points && points.length * prefixes.length <= MAX_RANGES) {
      const parts = distinct(points.map((value) => turn(keyBytes(value), descending)));
      prefixes = prefixes.flatMap((prefix) => parts.map((part) => Buffer.concat([prefix, part])));
      pinned++;
    } else {
      edges = between(bound, prefixes, descending, index.multikey);
      break;
    }
  }
  const single = prefixes.length === 1 && !index.multikey;
  const direction = single ? order(fields, pinned, sort) : null;
  const sorted = sort.length === 0 || direction !== null;
  const spans =
    edges ?? prefixes.map((prefix) => ({ low: prefix, high: afterPrefix(prefix) ?? LAST }));
  const full = unique && pinned === fields.length ? 100 : 0;
  const score = full + pinned * 10 + (edges ? 3 : 0) + (sort.length > 0 && sorted ? 4 : 0);
  return {
    ranges: spans.map((span) => ({ index, ...span })),
    reverse: direction === 'reverse',
    sorted,
    score,
  };
}

const LAST = Buffer.from([0xff]);

const turn = (key: Buffer, descending: boolean): Buffer => (descending ? invert(key) : key);

function distinct(keys: readonly Buffer[]): Buffer[] {
  return [...new Map(keys.map((key) => [key.toString('latin1'), key])).values()].toSorted((a, b) =>
    Buffer.compare(a, b),
  );
}

function between(
  bound: Bound,
  prefixes: readonly Buffer[],
  descending: boolean,
  multikey: boolean,
): { low: Buffer; high: Buffer }[] | null {
  // One element of an array may be above the one edge and another below the other.
  const low = bound.low;
  const high = multikey && low ? undefined : bound.high;
  const type = (low ?? high)?.key.readUInt8(0);
  if (type === undefined) return null;
  const first = type === TYPE.number ? FIRST_NUMBER : Buffer.from([type]);
  const start = low ? (low.inclusive ? low.key : afterPrefix(low.key)) : first;
  const end = high ? (high.inclusive ? afterPrefix(high.key) : high.key) : Buffer.from([type + 1]);
  if (!start || !end) return null;
  return prefixes.map((prefix) => {
    const [from, to] = descending ? [end, start] : [start, end];
    if (!descending)
      return { low: Buffer.concat([prefix, from]), high: Buffer.concat([prefix, to]) };
    // Upside down the start, which is included, becomes an end, which is not: step over it.
    return { low: inverted(prefix, from), high: inverted(prefix, to) };
  });
}

/** The place in a descending index where all keys below `edge` begin, or all from it on end. */
function inverted(prefix: Buffer, edge: Buffer): Buffer {
  return afterPrefix(Buffer.concat([prefix, invert(edge)])) ?? LAST;
}

function order(
  fields: readonly KeyField[],
  pinned: number,
  sort: readonly KeyField[],
): 'forward' | 'reverse' | null {
  const fixed = new Set(fields.slice(0, pinned).map(({ path }) => path.join('.')));
  const wanted = sort.filter(({ path }) => !fixed.has(path.join('.')));
  const rest = fields.slice(pinned);
  let turned: boolean | null = null;
  for (const [i, field] of wanted.entries()) {
    const have = rest[i];
    if (have?.path.join('.') !== field.path.join('.')) return null;
    const opposite = have.descending !== field.descending;
    if (turned !== null && turned !== opposite) return null;
    turned = opposite;
  }
  return turned ? 'reverse' : 'forward';
}
