import type { Collection } from './catalog.js';
import type { Cursors } from './cursors.js';
import { any, type Fields, readFields, type Shape } from './fields.js';
import { Refusal } from './refusal.js';
import type { Store } from './store.js';
import { type Doc, typeName } from './values.js';
import type { Reply } from './wire.js';

/** What a command works on. */
export interface Context {
  readonly store: Store;
  readonly cursors: Cursors;
  readonly db: string;
  /** The command's name, which is its first field. */
  readonly name: string;
  readonly message: Doc;
  readonly connectionId: number;
}

/** A command that is answered. */
export interface Command {
  readonly run: (context: Context) => Reply;
  /** True when it changes documents: several of these may share one commit. */
  readonly writes: boolean;
}

type Run<S extends Shape> = (fields: Fields<S>, context: Context) => Reply;

/** A command that only reads: its fields, and what it answers. */
export const reading = <S extends Shape>(shape: S, run: Run<S>): Command => ({
  run: (context) => {
    const { name, message } = context;
    return run(readFields(message, name, { ...shape, [name]: any }), context);
  },
  writes: false,
});

/** A command that may write. */
export const writing = <S extends Shape>(shape: S, run: Run<S>): Command => ({
  ...reading(shape, run),
  writes: true,
});

/** The name of the collection in a command's first field. @throws Refusal 73 when it is none */
export function collectionName({ message, name }: Context): string {
  const value = message.get(name);
  if (typeof value === 'string' && value !== '') return value;
  throw new Refusal(73, `collection name has invalid type ${typeName(value)}`);
}

/** The collection that a command names, which may be missing. */
export function target(context: Context): { namespace: string; collection?: Collection } {
  const name = collectionName(context);
  const collection = context.store.catalog.find(context.db, name);
  return { namespace: `${context.db}.${name}`, ...(collection ? { collection } : {}) };
}
