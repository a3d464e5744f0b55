import { collectionName, type Command, type Context, writing } from './command.js';
import {
  any,
  count,
  document,
  documents,
  type Fields,
  flag,
  flagOrTrue,
  readFields,
} from './fields.js';
import { keyFields } from './index-keys.js';
import { modify, type Outcome } from './modify.js';
import { compileProjection } from './projection.js';
import { byFilter, type Query } from './query.js';
import { Refusal } from './refusal.js';
import { compileUpdate, storable, type Update } from './update.js';
import { type Doc, wholeNumber } from './values.js';
import type { Reply } from './wire.js';

const UPDATE = { q: document, u: any, multi: flag, upsert: flag, sort: document };
const DELETE = { q: document, limit: count };
const FIND_AND_MODIFY = {
  query: document,
  sort: document,
  fields: document,
  update: any,
  remove: flag,
  new: flag,
  upsert: flag,
};

/** The commands that change documents. */
export const WRITE_COMMANDS: readonly [string, Command][] = [
  ['insert', writing({ documents, ordered: flagOrTrue }, insert)],
  ['update', writing({ updates: documents, ordered: flagOrTrue }, update)],
  ['delete', writing({ deletes: documents, ordered: flagOrTrue }, remove)],
  ['findAndModify', writing(FIND_AND_MODIFY, findAndModify)],
  ['findandmodify', writing(FIND_AND_MODIFY, findAndModify)],
];

/** MongoDB's limit on the statements of a command: what `hello` announces. */
const MAX_BATCH = 100_000;
const NOTHING: Outcome = { matched: 0, modified: 0, before: null, after: null, made: null };

interface Batch {
  readonly ordered: boolean;
}

function insert(fields: Batch & { documents: readonly Doc[] }, context: Context): Reply {
  const { store, db } = context;
  let n = 0;
  const errors = eachOf(fields.documents, fields, (doc) => {
    store.atomic(() =>
      store.insert(store.catalog.ensure(db, collectionName(context)), storable(doc)),
    );
    n++;
  });
  return { n: wholeNumber(n), ...errors, ok: 1 };
}

function update(fields: Batch & { updates: readonly Doc[] }, context: Context): Reply {
  let [n, nModified] = [0, 0];
  const upserted: { index: number; _id: unknown }[] = [];
  const errors = eachOf(fields.updates, fields, (doc, index) => {
    const { q, u, multi, upsert, sort } = readFields(doc, 'updates', UPDATE);
    if (multi && sort.size > 0) throw new Refusal(9, 'Cannot specify sort with multi=true');
    const query = byFilter(q, { sort: keyFields(sort), limit: multi ? 0 : 1 });
    const done = run(context, query, compileUpdate(u, multi), upsert);
    n += done.matched + (done.made ? 1 : 0);
    nModified += done.modified;
    if (done.made) upserted.push({ index, _id: done.made.get('_id') });
  });
  const made = upserted.length > 0 ? { upserted } : {};
  return { n: wholeNumber(n), nModified: wholeNumber(nModified), ...made, ...errors, ok: 1 };
}

function remove(fields: Batch & { deletes: readonly Doc[] }, context: Context): Reply {
  let n = 0;
  const errors = eachOf(fields.deletes, fields, (doc) => {
    const { q, limit } = readFields(doc, 'deletes', DELETE);
    if (limit > 1) throw new Refusal(9, `The limit of a delete must be 0 or 1, not ${limit}`);
    n += run(context, byFilter(q, { limit }), null, false).matched;
  });
  return { n: wholeNumber(n), ...errors, ok: 1 };
}

function findAndModify(fields: Fields<typeof FIND_AND_MODIFY>, context: Context): Reply {
  const { remove: removing, upsert, new: after } = fields;
  if (removing && (fields.update !== undefined || upsert || after))
    throw new Refusal(9, "Cannot specify an update, 'upsert' or 'new' along with remove");
  const change = removing ? null : compileUpdate(fields.update, false);
  const project = fields.fields.size > 0 ? compileProjection(fields.fields) : (doc: Doc) => doc;
  const query = byFilter(fields.query, { sort: keyFields(fields.sort), limit: 1 });
  const done = run(context, query, change, upsert);
  const shown = after ? done.after : done.before;
  const n = done.matched + (done.made ? 1 : 0);
  const updatedExisting = removing ? {} : { updatedExisting: done.matched > 0 };
  const made = done.made ? { upserted: done.made.get('_id') } : {};
  const lastErrorObject = { n, ...updatedExisting, ...made };
  return { lastErrorObject, value: shown ? project(shown) : null, ok: 1 };
}

/** A collection is made only when a document comes into it. */
function run(context: Context, query: Query, change: Update | null, upsert: boolean): Outcome {
  const { store, db } = context;
  const name = collectionName(context);
  const collection = upsert ? store.catalog.ensure(db, name) : store.catalog.find(db, name);
  return collection ? modify(store, collection, query, change, upsert) : NOTHING;
}

/** Runs the statements in turn; an ordered command stops at the first that is refused. */
function eachOf(
  statements: readonly Doc[],
  { ordered }: Batch,
  work: (doc: Doc, index: number) => void,
): { writeErrors?: readonly unknown[] } {
  const { length } = statements;
  if (length === 0 || length > MAX_BATCH)
    throw new Refusal(16, `Write batch sizes must be between 1 and ${MAX_BATCH}, not ${length}`);
  const writeErrors: unknown[] = [];
  for (const [index, doc] of statements.entries())
    try {
      work(doc, index);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      writeErrors.push(error.toWriteError(index));
      if (ordered) break;
    }
  return writeErrors.length > 0 ? { writeErrors } : {};
}
