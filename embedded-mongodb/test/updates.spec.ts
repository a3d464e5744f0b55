import { Double, Int32, Long, type Document } from 'mongodb';
import { refusal, serverUnderTest, type ServerUnderTest } from './support/server-under-test.js';

/** A filter on an `_id` of any type. */
const byId = (_id: unknown): Document => ({ _id });

const UPDATES: [string, Document, Document, Document][] = [
  ['$set', { a: 1 }, { $set: { a: 2, 'b.c': 3 } }, { a: 2, b: { c: 3 } }],
  ['$set at a place', { a: [1, { b: 2 }] }, { $set: { 'a.1.b': 3 } }, { a: [1, { b: 3 }] }],
  ['$set of new fields in the order of their names', {}, { $set: { c: 1, b: 2 } }, { b: 2, c: 1 }],
  ['$unset', { a: 1, b: { c: 1, d: 2 } }, { $unset: { a: '', 'b.c': '' } }, { b: { d: 2 } }],
  ['$unset at a place', { a: [1, 2] }, { $unset: { 'a.0': '' } }, { a: [null, 2] }],
  ['$inc', { a: 1 }, { $inc: { a: 2, b: -1 } }, { a: 3, b: -1 }],
  ['$min and $max', { a: 5, b: 5 }, { $min: { a: 3, c: 1 }, $max: { b: 4 } }, { a: 3, b: 5, c: 1 }],
  ['$push', { a: [1] }, { $push: { a: 2, b: 'x' } }, { a: [1, 2], b: ['x'] }],
  ['$push of an array', { a: [1] }, { $push: { a: [2] } }, { a: [1, [2]] }],
  ['$push with $each', { a: [1] }, { $push: { a: { $each: [2, 3] } } }, { a: [1, 2, 3] }],
  ['$push with $slice', { a: [1] }, { $push: { a: { $each: [2, 3], $slice: -2 } } }, { a: [2, 3] }],
  [
    '$push with $slice from the front',
    { a: [1] },
    { $push: { a: { $each: [2], $slice: 1 } } },
    { a: [1] },
  ],
  ['$push with $slice 0', { a: [1] }, { $push: { a: { $each: [2], $slice: 0 } } }, { a: [] }],
  ['$addToSet', { a: [1] }, { $addToSet: { a: 1, b: 2 } }, { a: [1], b: [2] }],
  ['$addToSet with $each', { a: [1] }, { $addToSet: { a: { $each: [1, 2, 2] } } }, { a: [1, 2] }],
  ['$pull of a value', { a: [1, 2, 1] }, { $pull: { a: 1 } }, { a: [2] }],
  ['$pull by operators', { a: [1, 5, 9] }, { $pull: { a: { $gt: 4 } } }, { a: [1] }],
  [
    '$pull by fields',
    { a: [{ b: 1, c: 2 }, { b: 2 }] },
    { $pull: { a: { b: 1 } } },
    { a: [{ b: 2 }] },
  ],
  ['$pull by a pattern', { a: ['ab', 'cd'] }, { $pull: { a: /^a/ } }, { a: ['cd'] }],
  ['$pull by $in', { a: [1, 2, 3] }, { $pull: { a: { $in: [1, 3] } } }, { a: [2] }],
  ['$setOnInsert of what is there', { a: 1 }, { $setOnInsert: { a: 2 } }, { a: 1 }],
  ['$set of a field called undefined', {}, { $set: { undefined: 1 } }, { undefined: 1 }],
  ['an empty $set', { a: 1 }, { $set: {} }, { a: 1 }],
];

const WRONG_UPDATES: [string, Document, Document, number][] = [
  ['$inc of a string', { a: 'x' }, { $inc: { a: 1 } }, 14],
  ['$inc of null', { a: null }, { $inc: { a: 1 } }, 14],
  ['$inc by a string', {}, { $inc: { a: 'x' } }, 14],
  ['$push to a scalar', { a: 1 }, { $push: { a: 1 } }, 2],
  ['$addToSet to a scalar', { a: 1 }, { $addToSet: { a: 1 } }, 2],
  ['$pull from a scalar', { a: 1 }, { $pull: { a: 1 } }, 2],
  ['$set through a scalar', { a: 1 }, { $set: { 'a.b': 1 } }, 28],
  ['$set by name in an array', { a: [1] }, { $set: { 'a.b': 1 } }, 28],
  ['two operators on one path', {}, { $set: { a: 1 }, $inc: { a: 1 } }, 40],
  ['a path and a part of it', {}, { $set: { a: 1, 'a.b': 1 } }, 40],
  ['another _id', {}, { $set: { _id: 'other' } }, 66],
  ['an unknown operator', {}, { $foo: { a: 1 } }, 9],
  ['an operator without fields', {}, { $set: 1 }, 9],
  ['an empty name in a path', {}, { $set: { 'a..b': 1 } }, 56],
];

describe('updates', () => {
  let server: ServerUnderTest;
  let next = 0;

  beforeAll(async () => (server = await serverUnderTest('updates')));
  afterAll(async () => server.close());

  const given = async (doc: Document): Promise<number> => {
    const _id = next++;
    await server.db.collection<Document>('docs').insertOne({ _id, ...doc } as Document);
    return _id;
  };

  it.each(UPDATES)('applies %s', async (_name, before, update, after) => {
    const docs = server.db.collection<Document>('docs');
    const _id = await given(before);
    await docs.updateOne(byId(_id), update);
    const found = await docs.findOne(byId(_id));
    expect(JSON.stringify(found)).toBe(JSON.stringify({ _id, ...after }));
  });

  it.each(WRONG_UPDATES)('refuses %s', async (_name, before, update, code) => {
    const docs = server.db.collection<Document>('docs');
    const _id = await given(before);
    expect(await refusal(docs.updateOne(byId(_id), update))).toMatchObject({ code });
    expect(await refusal(docs.findOneAndUpdate(byId(_id), update))).toMatchObject({ code });
  });

  it('keeps the types of numbers that it does not touch, and widens those that grow', async () => {
    const docs = server.db.collection<Document>('docs', { promoteValues: false });
    const _id = await given({
      d: new Double(5),
      l: Long.fromNumber(5),
      i: 2_147_483_647,
      f: new Double(1),
    });
    await docs.updateOne(byId(_id), { $inc: { i: 1, f: 1 }, $set: { x: 1 } });
    const found = await docs.findOne(byId(_id));
    expect(found?.['d']).toBeInstanceOf(Double);
    expect(found?.['l']).toBeInstanceOf(Long);
    expect(found?.['i']).toEqual(Long.fromNumber(2_147_483_648));
    expect(found?.['f']).toBeInstanceOf(Double);
    expect(found?.['x']).toBeInstanceOf(Int32);
  });

  it('sets the time of the server by $currentDate', async () => {
    const docs = server.db.collection<Document>('docs');
    const _id = await given({});
    await docs.updateOne(byId(_id), {
      $currentDate: { a: true, c: { $type: 'date' } },
    } as Document);
    const found = await docs.findOne(byId(_id));
    expect(found?.['a']).toBeInstanceOf(Date);
    expect(found?.['c']).toBeInstanceOf(Date);
  });

  it('replaces all but _id', async () => {
    const docs = server.db.collection<Document>('docs');
    const _id = await given({ a: 1 });
    expect(await docs.replaceOne(byId(_id), { b: 2 })).toMatchObject({
      matchedCount: 1,
      modifiedCount: 1,
    });
    expect(await docs.findOne(byId(_id))).toEqual({ _id, b: 2 });
    expect(await docs.replaceOne(byId(_id), { b: 2 })).toMatchObject({
      matchedCount: 1,
      modifiedCount: 0,
    });
    expect(await refusal(docs.replaceOne(byId(_id), { _id: 'other' }))).toMatchObject({ code: 66 });
  });

  it('upserts from the equalities of the filter', async () => {
    const docs = server.db.collection<Document>('upserts');
    const made = await docs.updateOne(
      { 'a.b': 1, $and: [{ c: { $eq: 2 } }], d: { $gt: 3 } },
      { $set: { e: 4 }, $setOnInsert: { f: 5 } },
      { upsert: true },
    );
    expect(made).toMatchObject({ matchedCount: 0, upsertedCount: 1 });
    expect(await docs.findOne(byId(made.upsertedId))).toEqual({
      _id: made.upsertedId,
      a: { b: 1 },
      c: 2,
      e: 4,
      f: 5,
    });
    const none = { g: /x/, $or: [{ h: 1 }, { h: 2 }] };
    const { upsertedId } = await docs.updateOne(none, { $set: { k: 1 } }, { upsert: true });
    expect(await docs.findOne(byId(upsertedId))).toEqual({ _id: upsertedId, k: 1 });
    const two = docs.updateOne({ g: 1, $and: [{ g: 2 }] }, { $set: { k: 1 } }, { upsert: true });
    expect(await refusal(two)).toMatchObject({ code: 54 });
    await docs.updateOne(byId('mine'), { $inc: { n: 1 } }, { upsert: true });
    await docs.updateOne(byId('mine'), { $inc: { n: 1 } }, { upsert: true });
    expect(await docs.findOne(byId('mine'))).toEqual({ _id: 'mine', n: 2 });
    const replaced = await docs.replaceOne({ x: 1 }, { y: 2 }, { upsert: true });
    expect(await docs.findOne({ y: 2 })).toEqual({ _id: replaced.upsertedId, y: 2 });
  });

  it('updates and deletes many, and says how many', async () => {
    const many = server.db.collection<Document>('many');
    await many.createIndex({ n: 1 });
    await many.insertMany(Array.from({ length: 500 }, (_, n) => ({ n })));
    expect(await many.updateMany({ n: { $gte: 100 } }, { $inc: { n: 1000 } })).toMatchObject({
      matchedCount: 400,
      modifiedCount: 400,
    });
    expect(await many.countDocuments({ n: { $gte: 1100 } })).toBe(400);
    expect(await many.deleteOne({ n: 0 })).toMatchObject({ deletedCount: 1 });
    expect(await many.deleteMany({ n: { $lt: 100 } })).toMatchObject({ deletedCount: 99 });
    expect(await many.countDocuments()).toBe(400);
  });

  it('does not take a statement without a filter for one on all documents', async () => {
    const all = server.db.collection<Document>('all');
    await all.insertOne({ n: 1 });
    const $set = { n: 2 };
    for (const command of [
      { delete: 'all', deletes: [{ limit: 0 }] },
      { delete: 'all', deletes: [{ q: {} }] },
      { delete: 'all', deletes: [{ q: null, limit: 0 }] },
      { update: 'all', updates: [{ u: { $set }, multi: true }] },
    ]) {
      expect(await refusal(server.db.command(command))).toMatchObject({ code: 40414 });
    }
    expect(await all.find({ n: 1 }).toArray()).toHaveLength(1);
  });

  it('finds and modifies in one step', async () => {
    const jobs = server.db.collection<{ n: number; state?: string }>('jobs');
    await jobs.insertMany([{ n: 2 }, { n: 1 }]);
    const before = await jobs.findOneAndUpdate(
      { state: { $exists: false } },
      { $set: { state: 'taken' } },
      { sort: { n: 1 } },
    );
    expect(before).toMatchObject({ n: 1 });
    expect(before?.state).toBeUndefined();
    const after = await jobs.findOneAndUpdate(
      { n: 9 },
      { $set: { state: 'new' } },
      { upsert: true, returnDocument: 'after', projection: { _id: 0, n: 1 } },
    );
    expect(after).toEqual({ n: 9 });
    expect(await jobs.findOneAndDelete({ n: 2 })).toMatchObject({ n: 2 });
    expect(await jobs.findOneAndReplace({ n: 77 }, { n: 78 })).toBeNull();
    const raw = await jobs.findOneAndUpdate(
      { n: 55 },
      { $inc: { n: 1 } },
      { upsert: true, includeResultMetadata: true },
    );
    expect(raw).toMatchObject({ value: null, lastErrorObject: { n: 1, updatedExisting: false } });
  });

  it('takes a thousand concurrent increments one by one', async () => {
    const counters = server.db.collection<{ _id: string; n: number }>('counters');
    await Promise.all(
      Array.from({ length: 1_000 }, async () =>
        counters.updateOne({ _id: 'c' }, { $inc: { n: 1 } }, { upsert: true }),
      ),
    );
    expect(await counters.findOne({ _id: 'c' })).toMatchObject({ n: 1_000 });
  });

  it('stops an ordered batch at the first error and goes on in an unordered one', async () => {
    const batch = server.db.collection<{ _id: number }>('batch');
    const docs = [{ _id: 1 }, { _id: 1 }, { _id: 2 }];
    expect(await refusal(batch.insertMany(docs))).toMatchObject({ code: 11000 });
    expect(await batch.countDocuments()).toBe(1);
    const error = await refusal(batch.insertMany(docs, { ordered: false }));
    expect(error['writeErrors']).toHaveLength(2);
    expect(await batch.countDocuments()).toBe(2);
  });

  it('keeps documents as they were sent', async () => {
    const names = server.db.collection<Document>('names');
    const doc = new Map<string, unknown>([
      ['_id', 'p'],
      ['b', 1],
      ['__proto__', { x: 1 }],
      ['constructor', 4],
    ]) as Document;
    await names.insertOne(doc);
    await names.updateOne({ b: 1 }, { $set: { c: 1 } });
    const bytes = await names.findOne(byId('p'), { raw: true });
    const text = Buffer.from(bytes as unknown as Uint8Array).toString('latin1');
    const places = ['_id', '\x10b\0', '__proto__', 'constructor'].map((name) => text.indexOf(name));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it('does not take __proto__ for an empty filter', async () => {
    const names = server.db.collection<Document>('names');
    const filter = JSON.parse('{"__proto__":{"x":2}}') as Document;
    expect(await names.countDocuments(filter)).toBe(0);
    expect(await names.deleteMany(filter)).toMatchObject({ deletedCount: 0 });
    expect(await names.countDocuments(JSON.parse('{"__proto__.x":1}') as Document)).toBe(1);
    await names.updateOne(byId('p'), JSON.parse('{"$set":{"__proto__.y":2}}') as Document);
    expect(await names.countDocuments(JSON.parse('{"__proto__.y":2}') as Document)).toBe(1);
    expect(({} as Record<string, unknown>)['y']).toBeUndefined();
  });
});
