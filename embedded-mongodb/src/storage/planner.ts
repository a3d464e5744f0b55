import { BSONRegExp } from 'bson';
import { branchesOf, operatorsOf } from '../queries/conditions.js';
import * as intervals from '../queries/intervals.js';
import type { KeyField } from '../queries/key-fields.js';
import type { Query } from '../queries/query.js';
import { sameValue, TOP } from '../values/keys.js';
import { ensure, unsupported } from '../values/refusal.js';
import { type Doc, isArray, isDoc, toNumber } from '../values/values.js';
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
 * too, so the filter still has to test each one. A hint leaves one index to choose.
 * @throws Refusal 2 for a hint at no index or at one that lacks documents of the filter
 */
export function plan(collection: Collection, { filter, sort, hint }: Query): Plan {
  const indexes = hint === null ? collection.indexes : [hinted(collection, hint)];
  const best = choose(indexes, [filter], sort);
  // A pinned field is better than a union of indexes, and a union is better than a range.
  if (best.score >= 10 || !filter.has('$or')) return best;
  const branches = branchesOf('$or', filter.get('$or') ?? null);
  const parts = branches.map((branch) => choose(indexes, [filter, branch], []));
  if (parts.some(({ score }) => score === 0)) return best;
  return { ...best, ranges: parts.flatMap(({ ranges }) => ranges), sorted: false, reverse: false };
}

/** The index of a hint, by its name or its key. */
function hinted({ indexes }: Collection, hint: string | Doc): Index {
  const [natural, ...listed] = indexes;
  const order = isDoc(hint) ? hint.get('$natural') : undefined;
  if (order !== undefined && toNumber(order) !== 1)
    throw unsupported('A hint at $natural but by 1');
  const named = listed.find(
    ({ name, key }) => name === hint || (isDoc(hint) && sameValue(key, hint)),
  );
  const index = order === undefined ? named : natural;
  ensure(index, 2, 'hint provided does not correspond to an existing index');
  return index;
}

function choose(
  indexes: readonly Index[],
  filters: readonly Doc[],
  sort: readonly KeyField[],
): Plan {
  const bounds: Bounds = new Map();
  for (const filter of filters) collect(filter, bounds);
  const usable = indexes.filter((index) => isUsable(index, bounds));
  ensure(usable.length > 0, 2, 'the hinted index lacks documents that the filter could match');
  // The first index is the whole collection: it is always usable, and any other one is better.
  return usable
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
