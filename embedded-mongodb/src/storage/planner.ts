import { BSONRegExp } from 'bson';
import type { Collection, Index } from './catalog.js';
import * as keys from '../values/keys.js';
import { branchesOf, operatorsOf } from '../queries/filter.js';
import type { KeyField } from '../values/paths.js';
import { type Doc, isArray } from '../values/values.js';

/** A stretch of an index. */
export type KeyRange = keys.Interval & Readonly<{ index: Index }>;

/** The conditions of a filter on each path, as stretches of keys. */
type Bounds = Map<string, (readonly keys.Interval[])[]>;

/** More stretches than this cost more than they save. */
const MAX_RANGES = 50_000;

/**
 * Chooses where to look for the documents of a filter: in the index with the most fields pinned, or
 * in several when each branch of an `$or` has one. All documents still have to be tested.
 */
export function plan(collection: Collection, filter: Doc, sort: readonly KeyField[]): Plan {
  const best = choose(collection, [filter], sort);
  // A pinned field is better than a union, which is better than a range.
  if (best.score >= 10 || !filter.has('$or')) return best;
  const branches = branchesOf('$or', filter.get('$or') ?? null);
  const parts = branches.map((branch) => choose(collection, [filter, branch], []));
  if (parts.some(({ score }) => score === 0)) return best;
  return { ...best, ranges: parts.flatMap(({ ranges }) => ranges), sorted: false, reverse: false };
}

function choose(collection: Collection, filters: readonly Doc[], sort: readonly KeyField[]): Plan {
  const bounds: Bounds = new Map();
  for (const filter of filters) collect(filter, bounds);
  // The first index is the whole collection, which any other one is better than.
  return collection.indexes
    .filter((index) => isUsable(index, bounds))
    .map((index) => consider(index, bounds, sort))
    .reduce((best, one) => (one.score > best.score ? one : best));
}

function collect(filter: Doc, bounds: Bounds): void {
  for (const [key, condition] of filter) {
    if (key === '$and') for (const part of branchesOf(key, condition)) collect(part, bounds);
    if (key.startsWith('$')) continue;
    for (const [operator, operand] of operatorsOf(condition)) {
      const operands = operator === '$in' && isArray(operand) ? operand : [operand];
      // An array is found under its elements and a pattern under many keys: neither has a place.
      const placed = !operands.some((one) => isArray(one) || one instanceof BSONRegExp);
      if (!placed || operands.length > MAX_RANGES || !keys.isComparison(operator)) continue;
      bounds.set(key, [...(bounds.get(key) ?? []), keys.intervalsOf(operator, operand)]);
    }
  }
}

/** An index that leaves documents out may only be used when the filter leaves them out, too. */
const isUsable = ({ partial }: Index, bounds: Bounds): boolean =>
  partial.every(([path, allowed]) =>
    bounds.get(path)?.some((intervals) => intervals.every((one) => keys.isWithin(allowed, one))),
  );

type Plan = ReturnType<typeof consider>;

function consider(index: Index, bounds: Bounds, sort: readonly KeyField[]) {
  const { fields, unique } = index;
  let spans: readonly keys.Interval[] = [{ low: '', high: keys.TOP }];
  let pinned = 0;
  let ranged = false;
  const roots = new Set<string | undefined>();
  for (const { name, path } of fields) {
    const conditions = bounds.get(name);
    // Two conditions on one array may be met by two elements, and no entry has both.
    if (!conditions || (index.multikey && roots.has(path[0]))) break;
    roots.add(path[0]);
    const intervals =
      conditions.find((one) => one.every(keys.isPoint)) ??
      (index.multikey ? (conditions[0] ?? []) : [conditions.flat().reduce(keys.intersection)]);
    if (intervals.length * spans.length > MAX_RANGES) break;
    spans = spans.flatMap(({ low: prefix }) =>
      intervals.map(({ low, high }) => ({ low: prefix + low, high: prefix + high })),
    );
    ranged = !intervals.every(keys.isPoint);
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
    /** True when the documents come in the order that was asked for. */
    sorted,
    /** 100 for one document at most, 10 for a pinned field, less for a range or a sort; 0 for a scan. */
    score: identified + pinned * 10 + (ranged ? 3 : 0) + (sort.length > 0 && sorted ? 4 : 0),
  };
}
