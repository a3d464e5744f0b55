import { Int32 } from 'bson';
import { Context, ProcessingMode } from 'mingo/core';
import {
  $dateToString,
  $dayOfMonth,
  $dayOfWeek,
  $hour,
  $month,
  $year,
} from 'mingo/operators/expression/date';
import { badValue, unsupported } from './mongo-failure.js';
import { type Path, splitPath } from './paths.js';
import { type Doc, typeName, type Value } from './values.js';

/** A compiled aggregation expression; `undefined` is a missing field. */
export type Expression = (doc: Doc) => Value | undefined;

/** Compiles an expression: paths, constants, documents, and dates by mingo. @throws MongoFailure 238 */
export function compileExpression(expression: Value): Expression {
  if (typeof expression === 'string' && expression.startsWith('$')) return compilePath(expression);
  if (Array.isArray(expression)) {
    const items = expression.map(compileExpression);
    return (doc) => items.map((item) => item(doc) ?? null);
  }
  if (!(expression instanceof Map)) return () => expression;
  const [first = ''] = expression.keys();
  if (first.startsWith('$')) return compileOperator(expression, first);
  const fields = [...expression].map(([name, value]) => [name, compileExpression(value)] as const);
  return (doc) => {
    const result: Doc = new Map();
    for (const [name, field] of fields) {
      const value = field(doc);
      if (value !== undefined) result.set(name, value);
    }
    return result;
  };
}

function compilePath(text: string): Expression {
  if (text === '$$ROOT' || text === '$$CURRENT') return (doc) => doc;
  if (text.startsWith('$$')) throw unsupported(`The variable ${text}`);
  const path = splitPath(text.slice(1));
  return (doc) => follow(doc, path, 0);
}

/** Unlike in a filter, a number is a name here, and an array gives the array of what is inside. */
function follow(value: Value | undefined, path: Path, at: number): Value | undefined {
  const name = path[at];
  if (name === undefined) return value;
  if (value instanceof Map) return follow(value.get(name), path, at + 1);
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((item) => {
    const inner = item instanceof Map || Array.isArray(item) ? follow(item, path, at) : undefined;
    return inner === undefined ? [] : [inner];
  });
}

function compileOperator(expression: Doc, name: string): Expression {
  const operand = expression.get(name) ?? null;
  if (expression.size !== 1)
    throw badValue('An object representing an expression must have exactly one field');
  if (name === '$literal') return () => operand;
  if (name === '$dateToString') return compileDateToString(operand);
  const part = DATE_PARTS.get(name);
  if (!part) throw unsupported(`The expression operator ${name}`);
  const date = compileExpression(operand);
  return (doc) => onDate(name, date(doc), (at) => new Int32(part({}, at, MINGO)));
}

/** Without scripts: nothing that a client sends may run as code. */
const MINGO = {
  idKey: '_id',
  processingMode: ProcessingMode.CLONE_OFF,
  useStrictMode: true,
  scriptEnabled: false,
  failOnError: true,
  context: Context.init(),
};
const DATE_PARTS = new Map([
  ['$year', $year],
  ['$month', $month],
  ['$dayOfMonth', $dayOfMonth],
  ['$dayOfWeek', $dayOfWeek],
  ['$hour', $hour],
]);

/** mingo's other format signs differ from MongoDB's. */
const DATE_FORMAT = /^(?:[^%$]|%[YmdHMSL])*$/;

function compileDateToString(operand: Value): Expression {
  if (!(operand instanceof Map)) throw badValue('$dateToString needs an object');
  for (const name of operand.keys())
    if (name !== 'date' && name !== 'format')
      throw unsupported(`The option '${name}' of $dateToString`);
  const format = operand.get('format') ?? '%Y-%m-%dT%H:%M:%S.%LZ';
  if (typeof format !== 'string' || !DATE_FORMAT.test(format))
    throw unsupported('A date format with anything but %Y, %m, %d, %H, %M, %S and %L');
  const date = compileExpression(operand.get('date') ?? null);
  return (doc) =>
    // mingo moves the date that it is given, so it gets a copy.
    onDate('$dateToString', date(doc), (at) =>
      String($dateToString({}, { date: new Date(at), format }, MINGO)),
    );
}

function onDate(name: string, value: Value | undefined, compute: (date: Date) => Value): Value {
  if (value === undefined || value === null) return null;
  if (!(value instanceof Date)) throw badValue(`${name} needs a date, not ${typeName(value)}`);
  return compute(value);
}
