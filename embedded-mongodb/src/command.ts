import type { Collection } from './catalog.js';
import type { Cursors } from './cursors.js';
import { any, type Fields, readFields, type Shape } from './fields.js';
import { ensure } from './refusal.js';
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
export type Command = (context: Context) => Reply;

/** Makes a command of its fields and of what it answers. */
export const command =
  <S extends Shape>(shape: S, run: (fields: Fields<S>, context: Context) => Reply): Command =>
  (context) => {
    const { name, message } = context;
    return run(readFields(message, name, { ...shape, [name]: any }), context);
  };

/** The `db.name` of a command's first field. @throws Refusal 73 when that is no name */
export function namespace({ db, message, name: field }: Context): string {
  const name = message.get(field);
  const right = typeof name === 'string' && name !== '';
  ensure(right, 73, `collection name has invalid type ${typeName(name)}`);
  return `${db}.${name}`;
}

/** What there is of the collection that a command names. */
export const existing = (context: Context): Collection | undefined =>
  context.store.catalog.all.get(namespace(context));
