import { Decimal128, Long, MaxKey, MinKey, Timestamp, type Document } from 'mongodb';
import {
  describeEmbedded,
  refusal,
  serverUnderTest,
  type ServerUnderTest,
} from './support/server-under-test.js';

const find = (filter: Document, options: Document = {}): Document => ({
  find: 'x',
  filter,
  ...options,
});
const update = (change: Document | Document[]): Document => ({
  findAndModify: 'x',
  query: { _id: 1 },
  update: change,
});
const upsert = (query: Document): Document => ({
  findAndModify: 'x',
  query,
  update: { $set: { n: 2 } },
  upsert: true,
});
const insert = (doc: unknown): Document => ({ insert: 'x', documents: [doc] });
const aggregate = (...pipeline: Document[]): Document => ({ aggregate: 'x', pipeline, cursor: {} });
const indexes = (key: Document, options: Document = {}): Document => ({
  createIndexes: 'x',
  indexes: [{ key, name: 'i', ...options }],
});
const partial = (partialFilterExpression: Document): Document =>
  indexes({ a: 1 }, { partialFilterExpression });
/** Documents in each other, so many. */
const nested = (levels: number): Document => (levels > 0 ? { a: nested(levels - 1) } : {});

/** What MongoDB can do and this server refuses by name: the README says so. */
const NARROWINGS: [string, Document, number][] = [
  ['a place in an array in a filter', find({ 'a.0': 1 }), 238],
  ['a place in an array within a path', find({ 'a.1.b': 2 }), 238],
  ['a place in an array in a sort', find({}, { sort: { 'a.0': 1 } }), 238],
  ['a place in an array in an index', indexes({ 'a.0': 1 }), 238],
  ['$type by number', find({ a: { $type: 17 } }), 2],
  ['a timestamp', insert({ a: new Timestamp({ t: 1, i: 2 }) }), 2],
  ['a Decimal128', insert({ a: Decimal128.fromString('5') }), 2],
  ['the lowest key', insert({ a: new MinKey() }), 2],
  ['the highest key', insert({ a: new MaxKey() }), 2],
  ['a name that is a number', insert({ years: { 10: 2 } }), 238],
  ['a name that is a number in an update', update({ $set: { 'years.10': 2 } }), 238],
  ['a long beyond 2^53', insert({ a: Long.fromString('9007199254740993') }), 2],
  ['a sum beyond 2^53', update({ $inc: { n: Long.fromString('9007199254740991') } }), 2],
  ['a place past the end of an array', update({ $set: { 'list.3': 2 } }), 28],
  ['more than 100 levels', insert(nested(120)), 15],
  ['an update to more than 100 levels', update({ $set: { 'b.c.d': nested(99) } }), 15],
  ['a pattern of words in any case', find({ a: { $regex: '\\w', $options: 'i' } }), 51091],
  ['a pattern of several lines', find({ a: { $regex: '^a', $options: 'm' } }), 51108],
  ['a pattern with two repetitions', find({ a: { $regex: 'a*b*' } }), 51091],
  ['a pattern with a group of its own kind', find({ a: { $regex: '(?:a)' } }), 51091],
  ['a pattern that looks behind', find({ a: { $regex: '(?<=a)b' } }), 51091],
  ['a pattern with a named class', find({ a: { $regex: '[[:alpha:]]' } }), 51091],
  ['$elemMatch on an array in an array', find({ list: { $elemMatch: { $gt: 5 } } }), 238],
  ['$pull from arrays in an array', update({ $pull: { list: { $gt: 1 } } }), 238],
  ['$all with $elemMatch', find({ a: { $all: [{ $elemMatch: { b: 1 } }] } }), 238],
  ['an upsert of what $all did not find', upsert({ a: { $all: [1] } }), 238],
  ['an upsert of what $in did not find', upsert({ a: { $in: [1] } }), 238],
  ['an upsert of what an $or of one did not find', upsert({ $or: [{ a: 1 }] }), 238],
  ['an empty name in a path of a filter', find({ 'a..b': 1 }), 56],
  ['a clause of $push without $each', update({ $push: { list: { $slice: 1 } } }), 2],
  ['an index on a key that has one', indexes({ k: 1 }, { unique: true }), 238],
  ['a hint at an index without the documents', find({ k: 1 }, { hint: 's' }), 2],
  ['a script', find({ $where: 'true' }), 2],
  ['a collation', find({}, { collation: { locale: 'en' } }), 40415],
  ['a path in a projection', find({}, { projection: { 'a.b': 1 } }), 238],
  ['a computed field', aggregate({ $project: { name: '$who' } }), 238],
  ['an expression', aggregate({ $project: { year: { $year: '$at' } } }), 238],
  ['another group operator', aggregate({ $group: { _id: '$who', n: { $max: '$n' } } }), 15952],
  ['another stage', aggregate({ $lookup: {} }), 40324],
  ['an update by a pipeline', update([{ $set: { a: 1 } }]), 238],
  ['all places in an array', update({ $set: { 'list.$[]': 1 } }), 238],
  ['a timestamp of now', update({ $currentDate: { a: { $type: 'timestamp' } } }), 2],
  ['a text index', indexes({ a: 'text' }), 238],
  ['an index with another number', indexes({ a: 2 }), 238],
  ['a wildcard index', indexes({ '$**': 1 }), 238],
  ['a hint at the order of insertion backwards', find({}, { hint: { $natural: -1 } }), 238],
  ['a sparse index on several fields', indexes({ a: 1, b: 1 }, { sparse: true }), 238],
  ['a partial index by type', partial({ a: { $type: 'string' } }), 238],
  ['a partial index by $and', partial({ $and: [{ a: 1 }] }), 238],
]; // prettier-ignore

describeEmbedded('what only MongoDB can do', () => {
  let server: ServerUnderTest;

  beforeAll(async () => {
    server = await serverUnderTest('narrowings');
    await server.db.command(insert({ _id: 1, list: [1, [2]], n: 1 }));
    await server.db.collection('x').createIndex({ k: 1 });
    await server.db.collection('x').createIndex({ s: 1 }, { name: 's', sparse: true });
  });
  afterAll(async () => server.close());

  it.each(NARROWINGS)('refuses %s', async (_name, command, code) => {
    expect(await refusal(server.db.command(command))).toMatchObject({ code });
    expect(await server.db.collection('x').find().toArray()).toEqual([
      { _id: 1, list: [1, [2]], n: 1 },
    ]);
  });

  it('refuses a transaction, in the words of the driver', async () => {
    const work = server.client.withSession(async (session) =>
      session.withTransaction(async () => server.db.collection('x').insertOne({}, { session })),
    );
    expect(await refusal(work)).toMatchObject({
      message: expect.stringContaining('does not support retryable writes') as unknown,
    });
  });

  it('changes none of many documents when one of them is refused', async () => {
    const unique = server.db.collection<Document>('unique');
    await unique.createIndex({ n: 1 }, { unique: true });
    await unique.insertMany([{ n: 1 }, { n: 2 }, { n: 11 }]);
    const changed = unique.updateMany({ n: { $lt: 10 } }, { $set: { n: 3 } });
    expect(await refusal(changed)).toMatchObject({ code: 11000 });
    expect(await unique.distinct('n')).toEqual([1, 2, 11]);
  });

  it('takes a commit quorum, which only a replica set has', async () => {
    const made = { ...indexes({ q: 1 }, { name: 'q' }), commitQuorum: 'majority' };
    expect(await server.db.command(made)).toMatchObject({ numIndexesAfter: 4 });
  });
});
