import { keyFields } from '../queries/key-fields.js';
import { compileProjection } from '../queries/projection.js';
import { byFilter } from '../queries/query.js';
import { compileUpdate, storable } from '../queries/update.js';
import { modify, type Modified } from '../storage/modify.js';
import type { Store } from '../storage/store.js';
import { ensure, Refusal, unsupported } from '../values/refusal.js';
import { type Doc, isArray, isDoc, toNumber, type Value } from '../values/values.js';
import { type Command, command, type Context, type Reply } from './command.js';
import { Fields, namesIn } from './fields.js';

/** What a statement did. */
type Done = Pick<Modified, 'matched'> & Partial<Modified>;
/** A statement that has been read and can be carried out. */
type Statement = (store: Store, ns: string) => Done;

/** MongoDB's limit on the statements of a command, which `hello` announces. */
export const MAX_STATEMENTS = 100_000;
const UPDATE = namesIn('q u multi upsert hint');
const DELETE = namesIn('q limit hint');
const findAndModify = command(
  'query sort fields update remove new upsert hint bypassDocumentValidation',
  runFindAndModify,
);

/** The commands that change documents. */
export const WRITE_COMMANDS = {
  insert: statements('documents', 'bypassDocumentValidation', (doc) => (store, ns) => {
    store.atomic(() => store.write(store.catalog.ensure(ns), null, null, storable(doc)));
    return { matched: 1 };
  }),

  update: statements('updates', 'bypassDocumentValidation', (doc): Statement => {
    const fields = Fields.of(doc, 'update.updates', UPDATE);
    const filter = fields.neededDocument('q');
    const update = updateIn(fields.need('u'));
    const [multi, upsert] = [fields.flag('multi'), fields.flag('upsert')];
    const options = { limit: multi ? 0 : 1, hint: fields.hint() };
    return (store, ns) => {
      const query = byFilter(filter, options);
      return modify(store, ns, query, compileUpdate(update, multi), upsert);
    };
  }),

  delete: statements('deletes', '', (doc): Statement => {
    const fields = Fields.of(doc, 'delete.deletes', DELETE);
    const filter = fields.neededDocument('q');
    const limit = toNumber(fields.need('limit'));
    ensure(limit !== null, 14, 'The limit field in delete objects must be a number');
    ensure(limit === 0 || limit === 1, 9, `The limit of a delete must be 0 or 1, not ${limit}`);
    const options = { limit, hint: fields.hint() };
    return (store, ns) => modify(store, ns, byFilter(filter, options));
  }),

  findAndModify,
  findandmodify: findAndModify,
};

/**
 * Makes a command with a list of statements. All of them are read before the first one is carried
 * out: a command with a malformed statement does nothing. What a statement's filter or update
 * holds is compiled when its turn comes, as in MongoDB, and an error there is that statement's own.
 */
function statements(list: string, known: string, read: (doc: Doc) => Statement): Command {
  return command(`${list} ordered ${known}`, (fields, { store, ns }) => {
    fields.looseFlag('bypassDocumentValidation');
    const ordered = fields.flag('ordered', true);
    const docs = fields.documents(list);
    const fits = docs.length > 0 && docs.length <= MAX_STATEMENTS;
    ensure(fits, 16, `A write needs 1 to ${MAX_STATEMENTS} statements, not ${docs.length}`);
    return carryOut(docs.map(read), ordered, store, ns, list === 'updates');
  });
}

/** Carries out statements; an ordered list ends at the first one that is refused. */
function carryOut(
  list: readonly Statement[],
  ordered: boolean,
  store: Store,
  ns: string,
  counting: boolean,
): Reply {
  let [n, nModified] = [0, 0];
  const upserted: unknown[] = [];
  const writeErrors: unknown[] = [];
  for (const [index, statement] of list.entries())
    try {
      const { matched, modified = 0, made } = statement(store, ns);
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
    ...(counting ? { nModified } : {}),
    ...(upserted.length > 0 ? { upserted } : {}),
    ...(writeErrors.length > 0 ? { writeErrors } : {}),
    ok: 1,
  };
}

/** The operators or the replacement of an update. @throws Refusal 9, 238 for a pipeline */
function updateIn(value: Value | undefined): Doc {
  if (isArray(value)) throw unsupported('An update by aggregation pipeline');
  ensure(isDoc(value), 9, 'Update argument must be an object');
  return value;
}

function runFindAndModify(fields: Fields, { store, ns }: Context): Reply {
  fields.looseFlag('bypassDocumentValidation');
  const [remove, upsert, after] = ['remove', 'upsert', 'new'].map((name) => fields.looseFlag(name));
  const alone = fields.get('update') === undefined && !upsert && !after;
  ensure(!remove || alone, 9, "Cannot specify an update, 'upsert' or 'new' along with remove");
  const project = compileProjection(fields.document('fields'));
  const change = remove ? undefined : compileUpdate(updateIn(fields.get('update')), false);
  const sort = keyFields(fields.document('sort'));
  const query = byFilter(fields.document('query'), { sort, limit: 1, hint: fields.hint() });
  const done = modify(store, ns, query, change, upsert);
  const shown = after ? done.after : done.before;
  const lastErrorObject = {
    n: done.matched + (done.made ? 1 : 0),
    ...(remove ? {} : { updatedExisting: done.matched > 0 }),
    ...(done.made ? { upserted: done.made.get('_id') } : {}),
  };
  return { lastErrorObject, value: shown ? project(shown) : null, ok: 1 };
}
