import { keyFields } from '../queries/key-fields.js';
import { compileProjection } from '../queries/projection.js';
import { byFilter } from '../queries/query.js';
import { compileUpdate, storable } from '../queries/update.js';
import { modify, type Modified } from '../storage/modify.js';
import type { Store } from '../storage/store.js';
import { ensure, Refusal } from '../values/refusal.js';
import { type Doc, truthy } from '../values/values.js';
import { type Command, command, type Context, type Reply } from './command.js';
import { Fields } from './fields.js';

/** What a statement did. */
type Done = Pick<Modified, 'matched'> & Partial<Modified>;

/** The commands that change documents. */
export const WRITE_COMMANDS = {
  insert: statements('documents', (doc, store, ns) => {
    store.atomic(() => store.write(store.catalog.ensure(ns), null, null, storable(doc)));
    return { matched: 1 };
  }),

  update: statements('updates', (doc, store, ns) => {
    const fields = new Fields(doc, 'q u multi upsert').need('q');
    const multi = fields.flag('multi');
    const query = byFilter(fields.document('q'), { limit: multi ? 0 : 1 });
    const change = compileUpdate(fields.get('u'), multi);
    return modify(store, ns, query, change, fields.flag('upsert'));
  }),

  delete: statements('deletes', (doc, store, ns) => {
    const fields = new Fields(doc, 'q limit').need('q', 'limit');
    const limit = fields.count('limit');
    ensure(limit <= 1, 9, `The limit of a delete must be 0 or 1, not ${limit}`);
    return modify(store, ns, byFilter(fields.document('q'), { limit }));
  }),

  findAndModify: command('query sort fields update remove new upsert', findAndModify),
};

/** Makes a command with a list of statements; an ordered one stops at the first that is refused. */
function statements(list: string, work: (doc: Doc, store: Store, ns: string) => Done): Command {
  return command(`${list} ordered`, (fields, { store, ns }) => {
    const docs = fields.documents(list);
    const ordered = truthy(fields.get('ordered') ?? true);
    ensure(docs.length > 0, 16, 'A write needs at least one statement');
    let [n, nModified] = [0, 0];
    const upserted: unknown[] = [];
    const writeErrors: unknown[] = [];
    for (const [index, doc] of docs.entries())
      try {
        const { matched, modified = 0, made } = work(doc, store, ns);
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

function findAndModify(fields: Fields, { store, ns }: Context): Reply {
  const [remove, upsert, after] = ['remove', 'upsert', 'new'].map((name) => fields.flag(name));
  const alone = fields.get('update') === undefined && !upsert && !after;
  ensure(!remove || alone, 9, "Cannot specify an update, 'upsert' or 'new' along with remove");
  const project = compileProjection(fields.document('fields'));
  const change = remove ? undefined : compileUpdate(fields.get('update'), false);
  const sort = keyFields(fields.document('sort'));
  const query = byFilter(fields.document('query'), { sort, limit: 1 });
  const done = modify(store, ns, query, change, upsert);
  const shown = after ? done.after : done.before;
  const lastErrorObject = {
    n: done.matched + (done.made ? 1 : 0),
    ...(remove ? {} : { updatedExisting: done.matched > 0 }),
    ...(done.made ? { upserted: done.made.get('_id') } : {}),
  };
  return { lastErrorObject, value: shown ? project(shown) : null, ok: 1 };
}
