import { BSONRegExp } from 'bson';
import { branchesOf, operatorsOf } from '../queries/conditions.js';
import * as intervals from '../queries/intervals.js';
import type { KeyField } from '../queries/key-fields.js';
import { TOP } from '../values/keys.js';
import { type Doc, isArray } from '../values/values.js';
import type { Collection, Index, KeyRange } from './catalog.js';

/** Where to look for the documents of a query. */
export interface Plan {
  readonly ranges: readonly KeyRange[];
  /** True to read the ranges from their end. */
  readonly reverse: boolean;
  /** True when the documents come in the order that was asked for. */
  readonly sorted: boolean;
  /** 100 for one document at most, 10 for each pinned field, less for a range or a sort, 0 for a scan. */
  readonly score: number;
}

/** What a filter demands of each path: for each of its conditions the intervals of keys. */
type Bounds = Map<string, (readonly intervals.Interval[])[]>;

/** More ranges than this cost more than they save. */
const MAX_RANGES = 50_000;

/**
 * Chooses where to look for the documents of a filter: in the index with the most pinned fields,
 * or in several indexes when each branch of an `$or` has one. The ranges can hold other documents
 * too, so the filter still has to test each one.
 */
export function plan(collection: Collection, filter: Doc, sort: readonly KeyField[]): Plan {
  const best = choose(collection, [filter], sort);
  // A pinned field is better than a union of indexes, and a union is better than a range.
  if (best.score >= 10 || !filter.has('$or')) return best;
  const branches = branchesOf('$or', filter.get('$or') ?? null);
  const parts = branches.map((branch) => choose(collection, [filter, branch], []));
  if (parts.some(({ score }) => score === 0)) return best;
  return { ...best, ranges: parts.flatMap(({ ranges }) => ranges), sorted: false, reverse: false };
}

function choose(collection: Collection, filters: readonly Doc[], sort: readonly KeyField[]): Plan {
  const bounds: Bounds = new Map();
  for (const filter of filters) collect(filter, bounds);
  // The first index is the whole collection: it is always usable, and any other one is better.
  return collection.indexes
    .filter((index) => isUsable(index, bounds))
    .map((index) => consider(index, bounds, sort))
    .reduce((best, one) => (one.score > best.score ? one : best));
}

/** Adds what a filter demands of its paths. */
function collect(filter: Doc, bounds: Bounds): void {
  for (const [key, condition] of filter) {
    if (key === '$and') for (const part of branchesOf(key, condition)) collect(part, bounds);
    if (key.startsWith('$')) continue;
    for (const [operator, operand] of operatorsOf(condition)) {
      const operands = operator === '$in' && isArray(operand) ? operand : [operand];
      // An array has an entry for each element, and a pattern fits many keys: no interval finds them.
      const placed = !operands.some((one) => isArray(one) || one instanceof BSONRegExp);
      if (!placed || operands.length > MAX_RANGES || !intervals.isComparison(operator)) continue;
      bounds.set(key, [...(bounds.get(key) ?? []), intervals.intervalsOf(operator, operand)]);
    }
  }
}

/** A partial index may only be used when the filter leaves out the same documents as the index. */
const isUsable = ({ partial }: Index, bounds: Bounds): boolean =>
  partial.every(([path, allowed]) =>
    bounds.get(path)?.some((ones) => ones.every((one) => intervals.isWithin(allowed, one))),
  );

/** How an index would serve the bounds and the sort. */
function consider(index: Index, bounds: Bounds, sort: readonly KeyField[]): Plan {
  const { fields, unique } = index;
  let spans: readonly intervals.Interval[] = [{ low: '', high: TOP }];
  let pinned = 0;
  let ranged = false;
  const roots = new Set<string | undefined>();
  for (const { name, path } of fields) {
    const conditions = bounds.get(name);
    // Two elements of one array may meet one condition each, but an entry comes from one element.
    if (!conditions || (index.multikey && roots.has(path[0]))) break;
    roots.add(path[0]);
    const allowed =
      conditions.find((one) => one.every(intervals.isPoint)) ??
      (index.multikey ? (conditions[0] ?? []) : [conditions.flat().reduce(intervals.intersection)]);
    if (allowed.length * spans.length > MAX_RANGES) break;
    spans = spans.flatMap(({ low: prefix }) =>
      allowed.map(({ low, high }) => ({ low: prefix + low, high: prefix + high })),
    );
    ranged = !allowed.every(intervals.isPoint);
    if (ranged) break;
    pinned++;
  }
  const fixed = fields.slice(0, pinned).map(({ name }) => name);
  const wanted = sort.filter(({ name }) => !fixed.includes(name));
  const down = wanted[0]?.descending ?? false;
  const follows = wanted.every(
    ({ name, descending }, i) => name === fields[pinned + i]?.name && descending === down,
  );
  const identified = unique && pinned === fields.length ? 100 : 0;
  const sorted = sort.length === 0 || (follows && spans.length === 1 && !index.multikey);
  return {
    ranges: spans.map((span): KeyRange => ({ ...span, index })),
    reverse: sorted && down,
    sorted,
    score: identified + pinned * 10 + (ranged ? 3 : 0) + (sort.length > 0 && sorted ? 4 : 0),
  };
}
