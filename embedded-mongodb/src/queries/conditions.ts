import { BSONRegExp } from 'bson';
import { ensure } from '../values/refusal.js';
import { type Doc, isArray, isDoc, type Value } from '../values/values.js';

/** The query operators that join whole filters. */
export const LOGICAL = ['$and', '$or', '$nor'];

/** True when a field's condition is made of operators: `{ $gt: 1 }` and not `{ a: 1 }`. */
export function isOperators(condition: Value): condition is Doc {
  const [first] = isDoc(condition) ? condition.keys() : [];
  return first !== undefined && first.startsWith('$');
}

/** The operators of a condition: a pattern alone is a `$regex`, any other value alone an `$eq`. */
export function operatorsOf(condition: Value): readonly (readonly [string, Value])[] {
  if (isOperators(condition)) return [...condition];
  return [[condition instanceof BSONRegExp ? '$regex' : '$eq', condition]];
}

/** The filters that `$and`, `$or` or `$nor` joins. @throws Refusal 2 when they are no filters */
export function branchesOf(operator: string, condition: Value): readonly Doc[] {
  const why = `${operator} must be a nonempty array of objects`;
  ensure(isArray(condition) && condition.every(isDoc) && condition.length > 0, 2, why);
  return condition;
}
