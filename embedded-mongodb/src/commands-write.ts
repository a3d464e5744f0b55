import * as field from './command.js';
import { command, type Context, namespace } from './command.js';
import { keyFields } from './index-keys.js';
import { modify } from './modify.js';
import { compileProjection } from './projection.js';
import { byFilter } from './query.js';
import { ensure, Refusal } from './refusal.js';
import { compileUpdate, storable } from './update.js';
import { type Doc, wholeNumber } from './values.js';
import type { Reply } from './wire.js';

const UPDATE = {
  q: field.required(field.document),
  u: field.any,
  multi: field.flag,
  upsert: field.flag,
};
const DELETE = { q: field.required(field.document), limit: field.required(field.count) };
const FIND_AND_MODIFY = {
  query: field.document,
  sort: field.document,
  fields: field.document,
  update: field.any,
  remove: field.flag,
  new: field.flag,
  upsert: field.flag,
};

/** The commands that change documents. */
export const WRITE_COMMANDS = {
  insert: command({ documents: field.documents, ordered: field.flagOrTrue }, (fields, context) => {
    const { store } = context;
    const ns = namespace(context);
    let n = 0;
    const errors = eachOf(fields.documents, fields.ordered, (doc) => {
      store.atomic(() => store.write(store.catalog.ensure(ns), null, null, storable(doc)));
      n++;
    });
    return { n: wholeNumber(n), ...errors, ok: 1 };
  }),

  update: command({ updates: field.documents, ordered: field.flagOrTrue }, (fields, context) => {
    let [n, nModified] = [0, 0];
    const upserted: { index: number; _id: unknown }[] = [];
    const errors = eachOf(fields.updates, fields.ordered, (doc, index) => {
      const { q, u, multi, upsert } = field.readFields(doc, UPDATE);
      const query = byFilter(q, { limit: multi ? 0 : 1 });
      const { store } = context;
      const done = modify(store, namespace(context), query, compileUpdate(u, multi), upsert);
      n += done.matched + (done.made ? 1 : 0);
      nModified += done.modified;
      if (done.made) upserted.push({ index, _id: done.made.get('_id') });
    });
    const made = upserted.length > 0 ? { upserted } : {};
    return { n: wholeNumber(n), nModified: wholeNumber(nModified), ...made, ...errors, ok: 1 };
  }),

  delete: command({ deletes: field.documents, ordered: field.flagOrTrue }, (fields, context) => {
    let n = 0;
    const errors = eachOf(fields.deletes, fields.ordered, (doc) => {
      const { q, limit } = field.readFields(doc, DELETE);
      ensure(limit <= 1, 9, `The limit of a delete must be 0 or 1, not ${limit}`);
      n += modify(context.store, namespace(context), byFilter(q, { limit }), null).matched;
    });
    return { n: wholeNumber(n), ...errors, ok: 1 };
  }),

  findAndModify: command(FIND_AND_MODIFY, findAndModify),
};

function findAndModify(fields: field.Fields<typeof FIND_AND_MODIFY>, context: Context): Reply {
  const { remove, upsert, new: after } = fields;
  const alone = fields.update === undefined && !upsert && !after;
  ensure(!remove || alone, 9, "Cannot specify an update, 'upsert' or 'new' along with remove");
  const project = compileProjection(fields.fields);
  const change = remove ? null : compileUpdate(fields.update, false);
  const query = byFilter(fields.query, { sort: keyFields(fields.sort), limit: 1 });
  const done = modify(context.store, namespace(context), query, change, upsert);
  const shown = after ? done.after : done.before;
  const lastErrorObject = {
    n: done.matched + (done.made ? 1 : 0),
    ...(remove ? {} : { updatedExisting: done.matched > 0 }),
    ...(done.made ? { upserted: done.made.get('_id') } : {}),
  };
  return { lastErrorObject, value: shown ? project(shown) : null, ok: 1 };
}

/** Runs the statements in turn; an ordered command stops at the first that is refused. */
function eachOf(
  statements: readonly Doc[],
  ordered: boolean,
  work: (doc: Doc, index: number) => void,
): { writeErrors?: readonly unknown[] } {
  ensure(statements.length > 0, 16, 'A write needs at least one statement');
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
