import type { Collection } from '../storage/catalog.js';
import type { Store } from '../storage/store.js';
import { ensure } from '../values/refusal.js';
import { type Doc, toNumber, typeName } from '../values/values.js';
import type { Cursors } from './cursors.js';
import { Fields, namesIn, refuseUnknown } from './fields.js';

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

/** Fields that any command may carry. Most of them change nothing in the answer of a single server. */
const GENERAL =
  '$db lsid $readPreference $clusterTime readConcern comment apiVersion apiStrict ' +
  'apiDeprecationErrors maxTimeMS writeConcern';
const WRITE_CONCERN = namesIn('w j wtimeout');
/** MongoDB's limit on `maxTimeMS`. */
const MAX_TIME_MS = 2 ** 31 - 1;

/** Makes a command of the names of its fields and of the function that answers it. */
export function command(known: string, run: (fields: Fields, context: Context) => Reply): Command {
  const allowed = namesIn(`${known} ${GENERAL}`);
  return (context) => {
    const [, ...names] = context.message.keys();
    refuseUnknown(names, context.name, allowed);
    const fields = new Fields(context.message, context.name);
    readGeneral(fields);
    context.store.deadline = Date.now() + (timeLimit(fields) || Infinity);
    return run(fields, context);
  };
}

/** Refuses wrong types in general fields, and what only several servers could do. */
function readGeneral(fields: Fields): void {
  for (const name of ['lsid', '$readPreference', '$clusterTime', 'readConcern'])
    fields.documentOrNull(name);
  for (const name of ['apiStrict', 'apiDeprecationErrors']) fields.flag(name);
  const version = fields.get('apiVersion') ?? '1';
  ensure(version === '1', 322, 'API version must be "1"');
  const concern = fields.documentOrNull('writeConcern');
  if (!concern) return;
  const details = Fields.of(concern, 'writeConcern', WRITE_CONCERN);
  details.looseFlag('j');
  details.wholeOrNull('wtimeout');
  const w = details.get('w');
  const alone = w === undefined || w === 'majority' || (toNumber(w) ?? 2) <= 1;
  ensure(alone, 2, "cannot use 'w' > 1 when a host is not replicated");
}

/** Reads `maxTimeMS`, in milliseconds; 0 is no limit. @throws Refusal 2, 14 */
function timeLimit(fields: Fields): number {
  const limit = toNumber(fields.get('maxTimeMS'));
  fields.wholeOrNull('maxTimeMS');
  if (limit === null) return 0;
  ensure(Number.isInteger(limit), 2, 'maxTimeMS has non-integral value');
  const inRange = limit >= 0 && limit <= MAX_TIME_MS;
  ensure(inRange, 2, `${limit} value for maxTimeMS is out of range`);
  return limit;
}
