import * as field from './command.js';
import { type Command, command, type Context } from './command.js';
import { keyFields } from './paths.js';
import { byFilter, compileProjection, modify } from './query.js';
import { ensure, Refusal } from './refusal.js';
import { compileUpdate, storable } from './update.js';
import { type Doc, truthy } from './values.js';
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
  insert: statements('documents', (doc, { store, ns }) => {
    store.atomic(() => store.write(store.catalog.ensure(ns), null, null, storable(doc)));
    return { matched: 1 };
  }),

  update: statements('updates', (doc, { store, ns }) => {
    const { q, u, multi, upsert } = field.readFields(doc, UPDATE);
    const query = byFilter(q, { limit: multi ? 0 : 1 });
    return modify(store, ns, query, compileUpdate(u, multi), upsert);
  }),

  delete: statements('deletes', (doc, { store, ns }) => {
    const { q, limit } = field.readFields(doc, DELETE);
    ensure(limit <= 1, 9, `The limit of a delete must be 0 or 1, not ${limit}`);
    return modify(store, ns, byFilter(q, { limit }), null);
  }),

  findAndModify: command(FIND_AND_MODIFY, findAndModify),
};

/**
 * A command that does what is listed in one of its fields in turn. When it is ordered, it stops at
 * the first that is refused.
 */
function statements(
  list: string,
  work: (doc: Doc, context: Context) => { matched: number; modified?: number; made?: Doc | null },
): Command {
  return command({ [list]: field.documents, ordered: field.any }, (_fields, context) => {
    const docs = field.documents(context.message.get(list), list);
    const ordered = truthy(context.message.get('ordered') ?? true);
    ensure(docs.length > 0, 16, 'A write needs at least one statement');
    let [n, nModified] = [0, 0];
    const upserted: unknown[] = [];
    const writeErrors: unknown[] = [];
    for (const [index, doc] of docs.entries())
      try {
        const { matched, modified = 0, made } = work(doc, context);
        n += matched + (made ? 1 : 0);
        nModified += modified;
        if (made) upserted.push({ index, _id: made.get('_id') });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        writeErrors.push(error.toWriteError(index));
        if (ordered) break;
      }
    return {
      n,
      ...(list === 'updates' ? { nModified } : {}),
      ...(upserted.length > 0 ? { upserted } : {}),
      ...(writeErrors.length > 0 ? { writeErrors } : {}),
      ok: 1,
    };
  });
}

function findAndModify(
  fields: field.Fields<typeof FIND_AND_MODIFY>,
  { store, ns }: Context,
): Reply {
  const { remove, upsert, new: after } = fields;
  const alone = fields.update === undefined && !upsert && !after;
  ensure(!remove || alone, 9, "Cannot specify an update, 'upsert' or 'new' along with remove");
  const project = compileProjection(fields.fields);
  const change = remove ? null : compileUpdate(fields.update, false);
  const query = byFilter(fields.query, { sort: keyFields(fields.sort), limit: 1 });
  const done = modify(store, ns, query, change, upsert);
  const shown = after ? done.after : done.before;
  const lastErrorObject = {
    n: done.matched + (done.made ? 1 : 0),
    ...(remove ? {} : { updatedExisting: done.matched > 0 }),
    ...(done.made ? { upserted: done.made.get('_id') } : {}),
  };
  return { lastErrorObject, value: shown ? project(shown) : null, ok: 1 };
}
