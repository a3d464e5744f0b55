import mongoose, { type Schema } from 'mongoose';
import { namedField } from './duplicate-key.js';
import { isOutage } from './outage.js';

const { MongoError, MongoServerError, BSON } = mongoose.mongo;

/** What may be told of an error: never a value or a document. */
export interface ErrorFacts {
  readonly name: string;
  /**
   * Its message, where that quotes nothing stored: it is not of a database, or only about the network
   * to it.
   */
  readonly cause?: string;
  readonly code?: string;
  readonly codeName?: string;
  readonly collection?: string;
  readonly operation?: string;
  readonly index?: string;
  /** The fields that our own schema refused. */
  readonly fields?: string;
  readonly stack?: string;
}

type Place = Pick<ErrorFacts, 'collection' | 'operation' | 'index'>;

const OPERATIONS = /^(save|insertMany|distinct|(find|count|update|replace|delete|estimated)\w*)$/;

const places = new WeakMap<object, Place>();

/**
 * A plugin of Mongoose that notes where an error of the database came from; the error itself names only
 * values.
 */
export function notePlaces(schema: Schema): void {
  const note = function (this: unknown, error: unknown, _result: unknown, next: Next): void {
    const collection = String(schema.get('collection'));
    const operation = this instanceof mongoose.Query ? operationOf(this) : 'save';
    notePlace(error, { collection, operation, ...indexOf(error, schema) });
    next();
  };
  // Mongoose calls a hook of three parameters with errors alone; its types know that of no pattern.
  schema.post(OPERATIONS, note as never);
}

/** Notes where an error of the database came from. */
export function notePlace(error: unknown, place: Place): void {
  if (typeof error === 'object' && error !== null) places.set(error, place);
}

/**
 * Does work on a collection of the driver's own, which has no hooks as models have, and notes the place of
 * its error.
 *
 * @param operation the method of the collection
 */
export async function placed<T, C extends { readonly collectionName: string }>(
  collection: C,
  operation: keyof C & string,
  work: (collection: C) => Promise<T>,
): Promise<T> {
  try {
    return await work(collection);
  } catch (error) {
    notePlace(error, { collection: collection.collectionName, operation });
    throw error;
  }
}

/** What the log may tell of an error. A database's message and a schema's quote what they refuse. */
export function factsOf(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { name: 'Error', cause: String(error) };
  const { name } = error;
  if (!isQuoting(error)) return { name, cause: error.message, stack: error.stack ?? '' };
  const code: unknown = Reflect.get(error, 'code');
  const codeName: unknown = Reflect.get(error, 'codeName');
  return {
    name,
    ...(code !== undefined && { code: wordOf(code) }),
    ...(codeName !== undefined && { codeName: wordOf(codeName) }),
    ...places.get(error),
    ...(error instanceof mongoose.Error.ValidationError && {
      fields: Object.values(error.errors)
        .map(({ path, kind }) => `${path} (${kind})`)
        .join(', '),
    }),
    stack: framesOf(error),
  };
}

/** The facts as one text, for a line that is written for people. */
export function reasonOf(error: unknown): string {
  const { name, cause, stack: _stack, ...facts } = factsOf(error);
  if (cause !== undefined) return cause;
  return [name, ...Object.entries(facts).map(([key, value]) => `${key} ${value}`)].join(', ');
}

type Next = () => void;

function operationOf(query: mongoose.Query<unknown, unknown>): string {
  return String(Reflect.get(query, 'op'));
}

function indexOf(error: unknown, schema: Schema): Place {
  const field = error instanceof MongoServerError ? namedField(error, schema.indexes()) : null;
  return field === null ? {} : { index: field };
}

// Errors of the network and of the search for a server name hosts alone.
function isQuoting(error: Error): boolean {
  if (error instanceof MongoServerError) return true;
  const ofDatabase =
    error instanceof MongoError ||
    error instanceof mongoose.MongooseError ||
    error instanceof BSON.BSONError;
  return ofDatabase && !isOutage(error);
}

// A server may choose any text, but it has no reason to put anything else than a word here.
function wordOf(value: unknown): string {
  return String(value)
    .replace(/[^\w() .-]/g, '')
    .slice(0, 60);
}

// A stack begins with the message.
function framesOf({ message, stack = '' }: Error): string {
  const behind = stack.includes(message)
    ? stack.slice(stack.indexOf(message) + message.length)
    : stack;
  return behind
    .split('\n')
    .filter((line) => /^ {4}at .*(:\d+:\d+|<anonymous>)\)?$/.test(line))
    .join('\n');
}
