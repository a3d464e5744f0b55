import { BSONRegExp } from 'bson';
import type { Collection, Index } from './catalog.js';
import type { KeyField } from './index-keys.js';
import {
  type Interval,
  intersection,
  type Intervals,
  intervalsOf,
  isComparison,
  isPoint,
  within,
} from './intervals.js';
import { after, invert, TYPE } from './key-bytes.js';
import { branchesOf, isOperators } from './matcher.js';
import { type Doc, isArray, type Value } from './values.js';

/** A stretch of an index. */
export interface KeyRange extends Interval {
  readonly index: Index;
}

/** Where to look for the documents of a filter; all of them still have to be tested. */
export interface Plan {
  /** `null`: the whole collection, in the order of insertion. */
  readonly ranges: readonly KeyRange[] | null;
  readonly reverse: boolean;
  /** True when the documents come in the order that was asked for. */
  readonly sorted: boolean;
  /** How much it is worth: 10 for a pinned field, less for a range and for a sort that it saves. */
  readonly score: number;
}

/** What the filter says about each path, condition by condition, as far as an index can use it. */
type Bounds = ReadonlyMap<string, readonly Intervals[]>;

/** More stretches than this cost more than they save. */
const MAX_RANGES = 50_000;

/** Chooses the index with the most fields pinned; `$or` becomes a union when each branch has one. */
export function plan(collection: Collection, filter: Doc, sort: readonly KeyField[]): Plan {
  const best = choose(collection, [filter], sort);
  // A pinned field is better than a union, which is better than a range.
  return best.score >= 10 ? best : (union(collection, filter) ?? best);
}

function union(collection: Collection, filter: Doc): Plan | null {
  const branches = filter.get('$or');
  if (branches === undefined) return null;
  const ranges: KeyRange[] = [];
  for (const branch of branchesOf('$or', branches)) {
    const part = choose(collection, [filter, branch], []);
    if (!part.ranges) return null;
    ranges.push(...part.ranges);
  }
  return { ranges, reverse: false, sorted: false, score: 0 };
}

function choose(collection: Collection, filters: readonly Doc[], sort: readonly KeyField[]): Plan {
  const bounds = new Map<string, Intervals[]>();
  for (const filter of filters) collect(filter, bounds);
  let best: Plan = { ranges: null, reverse: false, sorted: sort.length === 0, score: 0 };
  for (const index of collection.indexes) {
    const one = usable(index, bounds) ? consider(index, bounds, sort) : best;
    if (one.score > best.score) best = one;
  }
  return best;
}

function collect(filter: Doc, bounds: Map<string, Intervals[]>): void {
  for (const [key, condition] of filter) {
    if (key === '$and') for (const part of branchesOf(key, condition)) collect(part, bounds);
    if (key.startsWith('$')) continue;
    const operators = isOperators(condition) ? [...condition] : [['$eq', condition] as const];
    for (const [operator, operand] of operators) {
      if (!isComparison(operator) || !isFound(operand, operator === '$in')) continue;
      bounds.set(key, [...(bounds.get(key) ?? []), intervalsOf(operator, operand)]);
    }
  }
}

/** An array is found under its elements and a pattern under many keys: neither has a place. */
function isFound(operand: Value, list: boolean): boolean {
  if (list && isArray(operand)) return operand.every((item) => isFound(item, false));
  return !isArray(operand) && !(operand instanceof BSONRegExp);
}

/** An index that leaves documents out may only be used when the filter leaves them out, too. */
function usable({ spec }: Index, bounds: Bounds): boolean {
  const present = ({ low }: Interval): boolean => low.readUInt8(0) > TYPE.null;
  const wanted = (path: string): Intervals[] =>
    (bounds.get(path) ?? []).filter((intervals) => intervals.every(present));
  return (
    spec.partial.every(([path, all]) => wanted(path).some((some) => within(some, all))) &&
    (!spec.sparse || spec.fields.some(({ name }) => wanted(name).length > 0))
  );
}

function consider(index: Index, bounds: Bounds, sort: readonly KeyField[]): Plan {
  const { fields, unique } = index.spec;
  let prefixes: Buffer[] = [Buffer.alloc(0)];
  let edges: Interval[] | null = null;
  let pinned = 0;
  const roots = new Set<string | undefined>();
  for (const { name, path, descending } of fields) {
    const conditions = bounds.get(name);
    // Two conditions on one array may be met by two elements, and no entry has both.
    if (!conditions || (index.multikey && roots.has(path[0]))) break;
    roots.add(path[0]);
    const intervals = conditions.reduce(index.multikey ? shorter : intersection);
    if (intervals.length * prefixes.length > MAX_RANGES) break;
    const join = (keys: readonly Buffer[]): Buffer[] =>
      prefixes.flatMap((prefix) => keys.map((key) => Buffer.concat([prefix, key])));
    if (!intervals.every(isPoint)) {
      const turned = intervals.map((one) => (descending ? upsideDown(one) : one));
      const highs = join(turned.map(({ high }) => high));
      edges = join(turned.map(({ low }) => low)).map((low, i) => ({ low, high: highs[i] ?? low }));
      break;
    }
    prefixes = join(intervals.map(({ low }) => (descending ? invert(low) : low)));
    pinned++;
  }
  const single = prefixes.length === 1 && (edges?.length ?? 1) === 1 && !index.multikey;
  const direction = single ? order(fields, pinned, sort) : null;
  const sorted = sort.length === 0 || direction !== null;
  const full = unique && pinned === fields.length ? 100 : 0;
  const spans = edges ?? prefixes.map((low) => ({ low, high: after(low) }));
  return {
    ranges: spans.map((span) => ({ ...span, index })),
    reverse: direction === 'reverse',
    sorted,
    score: full + pinned * 10 + (edges ? 3 : 0) + (sort.length > 0 && sorted ? 4 : 0),
  };
}

/** The condition that leaves less of a multikey index: points before ranges, few before many. */
function shorter(a: Intervals, b: Intervals): Intervals {
  const [pointsA, pointsB] = [a.every(isPoint), b.every(isPoint)];
  if (pointsA !== pointsB) return pointsA ? a : b;
  return a.length <= b.length ? a : b;
}

/** Upside down the start, which is included, becomes an end, which is not: step over it. */
function upsideDown({ low, high }: Interval): Interval {
  return { low: after(invert(high)), high: after(invert(low)) };
}

function order(
  fields: readonly KeyField[],
  pinned: number,
  sort: readonly KeyField[],
): 'forward' | 'reverse' | null {
  const fixed = new Set(fields.slice(0, pinned).map(({ name }) => name));
  const wanted = sort.filter(({ name }) => !fixed.has(name));
  const turned = wanted.map(({ name, descending }, i) => {
    const field = fields[pinned + i];
    return field?.name === name ? field.descending !== descending : null;
  });
  const [first = false] = turned;
  return first === null || turned.some((one) => one !== first)
    ? null
    : first
      ? 'reverse'
      : 'forward';
}
