import type { Collection } from '../storage/catalog.js';
import type { Store } from '../storage/store.js';
import { ensure } from '../values/refusal.js';
import { type Doc, typeName } from '../values/values.js';
import type { Cursors } from './cursors.js';
import { Fields } from './fields.js';

/** The fields of an answer. */
export type Reply = Readonly<Record<string, unknown>>;

/** What a command works on; its name is the first field of the message. */
export class Context {
  constructor(
    readonly store: Store,
    readonly cursors: Cursors,
    readonly db: string,
    readonly name: string,
    readonly message: Doc,
  ) {}

  /** The `db.name` of the collection that the first field names. @throws Refusal 73 for no name */
  get ns(): string {
    const name = this.message.get(this.name);
    const right = typeof name === 'string' && name !== '';
    ensure(right, 73, `collection name has invalid type ${typeName(name)}`);
    return `${this.db}.${name}`;
  }

  /** The collection that the first field names, if it exists. */
  get collection(): Collection | undefined {
    return this.store.catalog.all.get(this.ns);
  }
}

/** Runs a command. */
export type Command = (context: Context) => Reply;

/** Makes a command of the names of its fields and of the function that answers it. */
export const command =
  (known: string, run: (fields: Fields, context: Context) => Reply): Command =>
  (context) => {
    const fields = new Fields(context.message, `${context.name} ${known}`);
    context.store.deadline = Date.now() + (fields.count('maxTimeMS') || Infinity);
    return run(fields, context);
  };
