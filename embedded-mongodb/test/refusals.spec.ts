import { Double, Int32, Long, type Document } from 'mongodb';
import { refusal, serverUnderTest, type ServerUnderTest } from './support/server-under-test.js';

const insert = (...documents: unknown[]): Document => ({ insert: 'x', documents });
const update = (...updates: unknown[]): Document => ({ update: 'x', updates });
const remove = (...deletes: unknown[]): Document => ({ delete: 'x', deletes });
const find = (fields: Document): Document => ({ find: 'x', ...fields });
const modify = (fields: Document): Document => ({
  findAndModify: 'x',
  query: { _id: 1 },
  update: { $set: { n: 2 } },
  ...fields,
});
const aggregate = (...pipeline: unknown[]): Document => ({ aggregate: 'x', pipeline, cursor: {} });
const indexes = (...specs: unknown[]): Document => ({ createIndexes: 'x', indexes: specs });
const index = (fields: Document): Document => indexes({ key: { a: 1 }, name: 'i', ...fields });
const indexOn = (key: unknown): Document => index({ key });
const good = { q: { _id: 1 }, u: { $set: { n: 2 } } };

const MALFORMED_SECOND: [string, Document, number][] = [
  ['an update without a filter', update(good, { u: { $set: { n: 3 } } }), 40414],
  ['an update without a change', update(good, { q: {} }), 40414],
  ['an update with null as its filter', update(good, { q: null, u: {} }), 40414],
  ['an update by a number', update(good, { q: {}, u: 1 }), 9],
  ['an update with a text for multi', update(good, { ...good, multi: 'yes' }), 14],
  ['an update with a number for upsert', update(good, { ...good, upsert: 1 }), 14],
  ['an update with a number as its filter', update(good, { ...good, q: 1 }), 14],
  ['an update with a number as its hint', update(good, { ...good, hint: 1 }), 9],
  ['an update with an unknown field', update(good, { ...good, foo: 1 }), 40415],
  ["an update with a command's field", update(good, { ...good, writeConcern: {} }), 40415],
  ['an update that is a text', update(good, 'x'), 14],
  ['a delete without a limit', remove({ q: { _id: 1 }, limit: 1 }, { q: {} }), 40414],
  ['a delete of half a document', remove({ q: {}, limit: 0 }, { q: {}, limit: 0.5 }), 9],
  ['a delete of two documents', remove({ q: {}, limit: 0 }, { q: {}, limit: 2 }), 9],
  ['a delete with a text as its limit', remove({ q: {}, limit: 0 }, { q: {}, limit: '1' }), 14],
  ['an insert of a number', insert({ _id: 2 }, 2), 14],
]; // prettier-ignore

const WRONG_TYPES: [string, Document, number][] = [
  ['a text for ordered in an insert', { ...insert({ _id: 2 }), ordered: 'x' }, 14],
  ['a number for ordered in an update', { ...update(good), ordered: 1 }, 14],
  ['a text for ordered in a delete', { ...remove({ q: {}, limit: 0 }), ordered: 'no' }, 14],
  ['a text for bypassDocumentValidation', { ...update(good), bypassDocumentValidation: 'x' }, 14],
  ['a text for new', modify({ new: 'yes' }), 14],
  ['a text for upsert', modify({ upsert: 'no' }), 14],
  ['a text for remove', modify({ remove: 'no' }), 14],
  ['a number for singleBatch', find({ singleBatch: 1 }), 14],
  ['a text for noCursorTimeout', find({ noCursorTimeout: 'x' }), 14],
  ['a number for allowDiskUse', find({ allowDiskUse: 1 }), 14],
  ['a text for nameOnly of collections', { listCollections: 1, nameOnly: 'x' }, 14],
  ['a text for authorizedCollections', { listCollections: 1, authorizedCollections: 'x' }, 14],
  ['a number as a hint', find({ hint: 5 }), 9],
  ['a text as a limit', find({ limit: '1' }), 14],
  ['a text as a skip of a count', { count: 'x', skip: 'x' }, 14],
  ['a negative skip', find({ skip: -1 }), 51024],
  ['a negative limit of a find', find({ limit: -1 }), 51024],
  ['a negative size of a batch', find({ batchSize: -1 }), 51024],
  ['a fraction as a limit of time', find({ maxTimeMS: 1.5 }), 2],
  ['a limit of time past all bounds', find({ maxTimeMS: 2 ** 31 }), 2],
  ['a text as a read concern', find({ readConcern: 'local' }), 14],
  ['a number as a write concern', { ...update(good), writeConcern: 1 }, 14],
  ['a text for j in a write concern', { ...update(good), writeConcern: { j: 'x' } }, 14],
  ['a name that is no collection of cursors', { killCursors: 1, cursors: [Long.ONE] }, 14],
  ['a text as a cursor to end', { killCursors: 'x', cursors: ['1'] }, 14],
  ['a small number as a cursor to end', { killCursors: 'x', cursors: [new Int32(1)] }, 14],
  ['a small number as a cursor', { getMore: new Int32(1), collection: 'x' }, 14],
  ['a double as a cursor', { getMore: new Double(1), collection: 'x' }, 14],
  ['a text as the index to drop', { dropIndexes: 'x', index: 5 }, 14],
  ['a number among the indexes to drop', { dropIndexes: 'x', index: ['a', 1] }, 14],
  ['another kind of explanation', { explain: find({}), verbosity: 'loud' }, 2],
  ['an option of another command', { count: 'x', allowDiskUse: true }, 40415],
]; // prettier-ignore

const MISSING: [string, Document][] = [
  ['documents', { insert: 'x' }],
  ['updates', { update: 'x' }],
  ['deletes', { delete: 'x', deletes: null }],
  ['a pipeline', { aggregate: 'x', cursor: {} }],
  ['a key of distinct', { distinct: 'x' }],
  ['the cursors to end', { killCursors: 'x' }],
  ['the collection of a cursor', { getMore: Long.ONE }],
  ['indexes', { createIndexes: 'x' }],
  ['the index to drop', { dropIndexes: 'x' }],
];

const STAGES: [string, unknown, number][] = [
  ['half a document as a limit', { $limit: 1.5 }, 5107201],
  ['a text as a limit', { $limit: 'x' }, 5107201],
  ['null as a limit', { $limit: null }, 5107201],
  ['a negative limit', { $limit: -1 }, 5107201],
  ['half a document as a skip', { $skip: 1.5 }, 5107200],
  ['a negative skip', { $skip: -1 }, 5107200],
  ['a number as a match', { $match: 1 }, 15959],
  ['a number as a sort', { $sort: 1 }, 15973],
  ['a number as a projection', { $project: 1 }, 15969],
  ['a number as a group', { $group: 1 }, 15947],
  ['a projection of no name', { $project: { '': 1 } }, 40352],
];

const INDEXES: [string, Document, number][] = [
  ['with a text for unique', index({ unique: 'yes' }), 14],
  ['with null for unique', index({ unique: null }), 14],
  ['with a text for sparse', index({ sparse: 'yes' }), 14],
  ['with a text for background', index({ background: 'yes' }), 14],
  ['with a number as its condition', index({ partialFilterExpression: 1 }), 14],
  ['with null as its condition', index({ partialFilterExpression: null }), 14],
  ['called *', index({ name: '*' }), 67],
  ['called nothing', index({ name: '' }), 67],
  ['called as that on _id', index({ name: '_id_' }), 2],
  ['called by a number', index({ name: 1 }), 14],
  ['without a name', indexes({ key: { a: 1 } }), 9],
  ['without a key', indexes({ name: 'i' }), 9],
  ['of version 3', index({ v: 3 }), 67],
  ['of version 1.5', index({ v: 1.5 }), 2],
  ['of a version in words', index({ v: 'two' }), 14],
  ['with a text as its key', indexOn('a'), 14],
  ['with an empty key', indexOn({}), 67],
  ['on no name', indexOn({ '': 1 }), 67],
  ['on a name that ends', indexOn({ 'a.': 1 }), 67],
  ['on a name with a dollar', indexOn({ $a: 1 }), 67],
  ['by 0', indexOn({ a: 0 }), 67],
  ['by NaN', indexOn({ a: NaN }), 67],
  ['by true', indexOn({ a: true }), 67],
  ['by an empty text', indexOn({ a: '' }), 67],
  ['by an unknown word', indexOn({ a: 'foo' }), 67],
  ['on _id that expires', index({ key: { _id: 1 }, expireAfterSeconds: 1 }), 197],
  ['on _id that is unique', index({ key: { _id: 1 }, unique: true }), 197],
  ['on _id downwards', index({ key: { _id: -1 } }), 2],
  ['on two fields that expires', index({ key: { a: 1, b: 1 }, expireAfterSeconds: 1 }), 67],
]; // prettier-ignore

const OTHERS: [string, Document, number][] = [
  ['a pipeline without a cursor', { aggregate: 'x', pipeline: [] }, 9],
  ['a hint at no index', find({ hint: 'none' }), 2],
  ['a hint at a key without an index', find({ hint: { none: 1 } }), 2],
  ['a count by a hint at no index', { count: 'x', hint: 'none' }, 2],
  ['a pipeline by a hint at no index', { ...aggregate(), hint: 'none' }, 2],
  ['a change by a hint at no index', modify({ hint: 'none' }), 2],
  ['a sort by no name', find({ sort: { '': 1 } }), 40352],
  ['a sort by a name that ends', find({ sort: { 'a.': 1 } }), 40353],
  ['a sort by an empty part', find({ sort: { 'a..b': 1 } }), 15998],
  ['a sort by true', find({ sort: { a: true } }), 15974],
  ['a distinct of no name', { distinct: 'x', key: '' }, 40352],
  ['a group by an empty part', aggregate({ $group: { _id: '$a..b' } }), 15998],
  ['a group by a dollar', aggregate({ $group: { _id: '$' } }), 16872],
  ['$ne of a pattern', find({ filter: { a: { $ne: /x/ } } }), 2],
  ['another API', find({ apiVersion: '2' }), 322],
  ['too many statements', remove(...Array.from({ length: 100_001 }, () => ({}))), 16],
]; // prettier-ignore

describe('what MongoDB refuses', () => {
  let server: ServerUnderTest;

  beforeAll(async () => (server = await serverUnderTest('refusals')));
  beforeEach(async () => {
    await server.db.command({ drop: 'x' });
    await server.db.command(insert({ _id: 1, n: 1 }));
  });
  afterAll(async () => server.close());

  const refused = async (command: Document, code: number): Promise<void> => {
    expect(await refusal(server.db.command(command))).toMatchObject({ code });
    expect(await server.db.collection('x').find().toArray()).toEqual([{ _id: 1, n: 1 }]);
    expect(await server.db.collection('x').indexes()).toHaveLength(1);
  };

  it.each(MALFORMED_SECOND)('does nothing when the second statement is %s', async (_, ...row) =>
    refused(...row),
  );
  it.each(WRONG_TYPES)('refuses %s', async (_, ...row) => refused(...row));
  it.each(MISSING)('refuses a command without %s', async (_, command) => refused(command, 40414));
  it.each(STAGES)('refuses %s in a pipeline', async (_, stage, code) =>
    refused(aggregate(stage), code),
  );
  it.each(INDEXES)('refuses an index %s', async (_, ...row) => refused(...row));
  it.each(OTHERS)('refuses %s', async (_, ...row) => refused(...row));

  it('refuses a text for nameOnly of databases', async () => {
    const listed = server.client.db('admin').command({ listDatabases: 1, nameOnly: 'x' });
    expect(await refusal(listed)).toMatchObject({ code: 14 });
  });

  it('refuses a projection of no name', async () => {
    await refused(find({ projection: { '': 1 } }), 40352);
  });

  it.each([{ $a: 1 }, { a: { $b: 1 } }, { a: [{ $b: 1 }] }])(
    'refuses %j as an _id in a document that is inserted or upserted',
    async (_id) => {
      const upserted = { q: { _id: 2 }, u: { n: 2 }, upsert: true };
      expect(
        await server.db.command(update({ ...upserted, q: { n: 9 }, u: { _id } })),
      ).toMatchObject({
        writeErrors: [{ code: 52 }],
      });
      expect(await server.db.command(insert({ _id }))).toMatchObject({
        n: 0,
        writeErrors: [{ code: 52 }],
      });
    },
  );

  it('refuses a hint at no index as the error of its statement', async () => {
    expect(await server.db.command(update({ ...good, hint: 'none' }))).toMatchObject({
      writeErrors: [{ index: 0, code: 2 }],
    });
    expect(await server.db.command(remove({ q: {}, limit: 0, hint: { n: 1 } }))).toMatchObject({
      writeErrors: [{ index: 0, code: 2 }],
    });
  });

  it('keeps what a statement did before one whose operators are wrong', async () => {
    const done = await server.db.command({
      update: 'x',
      updates: [
        { ...good, u: { $set: { n: 5 } } },
        { q: { $foo: 1 }, u: { $set: { n: 6 } } },
      ],
    });
    expect(done).toMatchObject({ n: 1, writeErrors: [{ index: 1, code: 2 }] });
  });

  it('refuses a clause beside $each, wherever it stands', async () => {
    for (const a of [
      { b: 1, $each: [1] },
      { $each: [1], b: 1 },
    ])
      expect(await server.db.command(update({ q: {}, u: { $push: { a } } }))).toMatchObject({
        writeErrors: [{ code: 2 }],
      });
  });

  it('tells an index of the same name and another one by its code', async () => {
    const named = server.db.collection<Document>('named');
    await named.createIndex({ a: 1 }, { name: 'i', expireAfterSeconds: 60 });
    await named.createIndex({ a: 1 }, { name: 'i', expireAfterSeconds: 60 });
    const again = async (key: Document, options: Document): Promise<unknown> =>
      (await refusal(named.createIndex(key, { name: 'i', ...options })))['code'];
    expect(await again({ a: 1 }, { expireAfterSeconds: 61 })).toBe(85);
    expect(await again({ a: 1 }, { unique: true })).toBe(86);
    expect(await again({ a: 1 }, { sparse: true })).toBe(86);
    expect(await again({ a: 1 }, { partialFilterExpression: { a: 1 } })).toBe(86);
    expect(await again({ b: 1 }, {})).toBe(86);
    expect(await again({ a: 1 }, { name: 'j', expireAfterSeconds: 60 })).toBe(85);
  });

  it('ends a cursor with its collection, though all was read for it', async () => {
    const gone = server.db.collection<Document>('gone');
    await gone.insertMany([{ n: 1 }, { n: 2 }, { n: 3 }]);
    const sorted = gone.find({}, { sort: { n: 1 }, batchSize: 1 });
    const grouped = gone.aggregate([{ $group: { _id: '$n' } }], { batchSize: 1 });
    // Its second batch has one document, which was read together with the first one.
    const plain = gone.find({}, { batchSize: 2 });
    for (const cursor of [sorted, grouped, plain, plain]) await cursor.next();
    await gone.drop();
    await gone.insertOne({ n: 4 });
    for (const cursor of [sorted, grouped, plain])
      expect(await refusal(cursor.next())).toMatchObject({ code: 175 });
  });
});
