import { Args, collectionName } from './args.js';
import type { Context } from './commands.js';
import { findAndModify, insertOne, remove, update } from './crud.js';
import { sortFields } from './index-spec.js';
import { MongoFailure } from './mongo-failure.js';
import { compileProjection } from './projection.js';
import { byFilter } from './query.js';
import { compileUpdate } from './update.js';
import { type Doc, wholeNumber } from './values.js';
import type { Reply } from './wire.js';

/** MongoDB's limit on the statements of a command: what `hello` announces. */
const MAX_BATCH = 100_000;

export function insertCommand({ store, db, command }: Context): Reply {
  const args = new Args(command, 'insert', ['documents']);
  const name = collectionName(args.value('insert'));
  let n = 0;
  const errors = eachStatement(args, 'documents', (doc) => {
    const collection = store.catalog.ensure(db, name);
    insertOne(store, collection, doc);
    n++;
  });
  return withErrors({ n: wholeNumber(n) }, errors);
}

export function updateCommand({ store, db, command }: Context): Reply {
  const args = new Args(command, 'update', ['updates']);
  const name = collectionName(args.value('update'));
  let n = 0;
  let nModified = 0;
  const upserted: { index: number; _id: unknown }[] = [];
  const errors = eachStatement(args, 'updates', (doc, index) => {
    const one = new Args(doc, 'updates', ['q', 'u', 'multi', 'upsert', 'arrayFilters', 'sort']);
    const multi = one.flag('multi');
    const query = {
      ...byFilter(one.document('q')),
      sort: sortFields(one.document('sort')),
      limit: multi ? 0 : 1,
    };
    if (multi && query.sort.length > 0)
      throw new MongoFailure(9, 'Cannot specify sort with multi=true');
    const change = compileUpdate(one.value('u'), multi);
    const upsert = one.flag('upsert');
    const collection = upsert ? store.catalog.ensure(db, name) : store.catalog.find(db, name);
    if (!collection) return;
    const done = update(store, collection, query, change, upsert);
    n += done.matched;
    nModified += done.modified;
    if (done.upserted !== undefined) {
      n++;
      upserted.push({ index, _id: done.upserted });
    }
  });
  const reply = { n: wholeNumber(n), nModified: wholeNumber(nModified) };
  return withErrors(upserted.length > 0 ? { ...reply, upserted } : reply, errors);
}

export function deleteCommand({ store, db, command }: Context): Reply {
  const args = new Args(command, 'delete', ['deletes']);
  const name = collectionName(args.value('delete'));
  let n = 0;
  const errors = eachStatement(args, 'deletes', (doc) => {
    const one = new Args(doc, 'deletes', ['q', 'limit']);
    const limit = one.count('limit');
    if (limit !== 0 && limit !== 1)
      throw new MongoFailure(9, `The limit field in delete objects must be 0 or 1. Got ${limit}`);
    const query = { ...byFilter(one.document('q')), limit };
    const collection = store.catalog.find(db, name);
    if (collection) n += remove(store, collection, query);
  });
  return withErrors({ n: wholeNumber(n) }, errors);
}

export function findAndModifyCommand({ store, db, command }: Context): Reply {
  const [first = ''] = command.keys();
  const args = new Args(command, first, [
    'query',
    'sort',
    'update',
    'remove',
    'new',
    'upsert',
    'fields',
    'arrayFilters',
  ]);
  const name = collectionName(args.value(first));
  const removing = args.flag('remove');
  const upsert = args.flag('upsert');
  const after = args.flag('new');
  if (removing && (args.value('update') !== undefined || upsert || after))
    throw new MongoFailure(9, "Cannot specify an update, 'upsert' or 'new' along with remove");
  if (!removing && args.value('update') === undefined)
    throw new MongoFailure(9, 'Either an update or remove=true must be specified');
  const change = removing ? null : compileUpdate(args.value('update'), false);
  const query = { ...byFilter(args.document('query')), sort: sortFields(args.document('sort')) };
  const fields = args.document('fields');
  const project = fields.size > 0 ? compileProjection(fields) : (doc: Doc) => doc;
  const collection = upsert ? store.catalog.ensure(db, name) : store.catalog.find(db, name);
  const done = collection
    ? findAndModify(store, collection, query, change, upsert)
    : { before: null, after: null };
  const shown = after ? done.after : done.before;
  const made = !done.before && done.after ? { upserted: done.after.get('_id') } : {};
  const n = done.before || done.after ? 1 : 0;
  const lastErrorObject = removing ? { n } : { n, updatedExisting: done.before !== null, ...made };
  return { lastErrorObject, value: shown ? project(shown) : null, ok: 1 };
}

/** Runs the statements in turn; an ordered command stops at the first that is refused. */
function eachStatement(
  args: Args,
  field: string,
  run: (doc: Doc, index: number) => void,
): Record<string, unknown>[] {
  const statements = args.documents(field);
  if (statements.length === 0 || statements.length > MAX_BATCH)
    throw new MongoFailure(
      16,
      `Write batch sizes must be between 1 and ${MAX_BATCH}. Got ${statements.length} operations.`,
    );
  const ordered = args.flag('ordered', true);
  const errors: Record<string, unknown>[] = [];
  for (const [index, doc] of statements.entries())
    try {
      run(doc, index);
    } catch (error) {
      if (!(error instanceof MongoFailure)) throw error;
      errors.push(error.toWriteError(index));
      if (ordered) break;
    }
  return errors;
}

function withErrors(reply: Record<string, unknown>, writeErrors: readonly unknown[]): Reply {
  return writeErrors.length > 0 ? { ...reply, writeErrors, ok: 1 } : { ...reply, ok: 1 };
}
