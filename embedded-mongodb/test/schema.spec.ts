import { ObjectId, type Document } from 'mongodb';
import { refusal, serverUnderTest, type ServerUnderTest } from './support/server-under-test.js';

describe('collections and indexes', () => {
  let server: ServerUnderTest;

  beforeAll(async () => (server = await serverUnderTest('schema')));
  afterAll(async () => server.close());

  it('refuses a duplicate with the key that it repeats', async () => {
    const users = server.db.collection<Document>('users');
    await users.createIndex({ email: 1, tenant: -1 }, { unique: true });
    await users.insertOne({ email: 'x', tenant: 1 });
    const key = { keyPattern: { email: 1, tenant: -1 }, keyValue: { email: 'x', tenant: 1 } };
    const text =
      /E11000 duplicate key error collection: .*users index: email_1_tenant_-1 dup key: \{ email: "x", tenant: 1 \}/;
    const inserted = await refusal(users.insertOne({ email: 'x', tenant: 1 }));
    expect(inserted).toMatchObject({
      code: 11000,
      ...key,
      message: expect.stringMatching(text) as unknown,
    });
    await users.insertOne({ email: 'y', tenant: 1 });
    const updated = await refusal(users.updateOne({ email: 'y' }, { $set: { email: 'x' } }));
    expect(updated).toMatchObject({ code: 11000, ...key });
    const modified = await refusal(
      users.findOneAndUpdate({ email: 'y' }, { $set: { email: 'x' } }),
    );
    expect(modified).toMatchObject({ code: 11000, codeName: 'DuplicateKey', ...key });
    const upserted = await refusal(
      users.updateOne({ email: 'z' }, { $set: { email: 'x', tenant: 1 } }, { upsert: true }),
    );
    expect(upserted).toMatchObject({ code: 11000 });
    expect(await users.countDocuments()).toBe(2);
    expect(await refusal(users.insertOne((await users.findOne()) ?? {}))).toMatchObject({
      keyPattern: { _id: 1 },
    });
  });

  it('compares numbers by value and null with missing in a unique index', async () => {
    const one = server.db.collection<Document>('one');
    await one.createIndex({ n: 1 }, { unique: true });
    await one.insertMany([{ n: 1 }, { n: 'x' }, {}]);
    expect(await refusal(one.insertOne({ n: 1.0 }))).toMatchObject({ code: 11000 });
    expect(await refusal(one.insertOne({ n: null }))).toMatchObject({ code: 11000 });
    expect(await refusal(one.insertOne({ n: [7, 1] }))).toMatchObject({
      code: 11000,
      keyValue: { n: 1 },
    });
    await one.insertOne({ n: [8, 8] });
    await one.createIndex({ 'a.b': 1 }, { unique: true, partialFilterExpression: { m: 1 } });
    await one.insertOne({ m: 1, n: 20, a: [] });
    expect(await refusal(one.insertOne({ m: 1, n: 21 }))).toMatchObject({ code: 11000 });
  });

  it('never takes two object ids for one', async () => {
    const ids = server.db.collection('ids');
    const docs = Array.from({ length: 5_000 }, () => ({ _id: new ObjectId() }));
    expect(await ids.insertMany(docs)).toMatchObject({ insertedCount: 5_000 });
  });

  it('leaves documents without the field out of a sparse index', async () => {
    const sparse = server.db.collection<Document>('sparse');
    await sparse.createIndex({ a: 1 }, { unique: true, sparse: true });
    await sparse.insertMany([{}, {}, { a: 1 }, { a: null }]);
    expect(await refusal(sparse.insertOne({ a: 1 }))).toMatchObject({ code: 11000 });
    expect(await refusal(sparse.insertOne({ a: null }))).toMatchObject({ code: 11000 });
    expect(await sparse.countDocuments({ a: null })).toBe(3);
    expect(await sparse.find().sort({ a: 1 }).toArray()).toHaveLength(4);
  });

  it('keeps a partial index to its expression', async () => {
    const partial = server.db.collection<Document>('partial');
    await partial.createIndex(
      { email: 1 },
      { unique: true, partialFilterExpression: { email: { $exists: true }, live: true } },
    );
    await partial.insertMany([
      { email: 'x', live: false },
      { email: 'x', live: false },
      { email: 'x', live: true },
    ]);
    expect(await refusal(partial.insertOne({ email: 'x', live: true }))).toMatchObject({
      code: 11000,
    });
    expect(await partial.countDocuments({ email: 'x' })).toBe(3);
    expect(await partial.countDocuments({ email: 'x', live: true })).toBe(1);
    expect(await refusal(partial.updateMany({}, { $set: { live: true } }))).toMatchObject({
      code: 11000,
    });
  });

  it('follows each field of an index and of its condition through updates', async () => {
    const items = server.db.collection<Document>('followed');
    await items.createIndex(
      { 'place.city': 1 },
      { name: 'city', partialFilterExpression: { live: { $exists: true } } },
    );
    await items.insertOne({ place: { city: 'Bergen', code: 'N' }, n: 0 });
    const listed = async (city: string): Promise<number> =>
      (await items.find({ 'place.city': city, live: 1 }, { hint: 'city' }).toArray()).length;
    const steps: [update: Document, city: string, times: number][] = [
      [{ $inc: { n: 1 } }, 'Bergen', 0],
      [{ $set: { live: 1 } }, 'Bergen', 1],
      [{ $set: { 'place.code': 'NO' } }, 'Bergen', 1],
      [{ $set: { 'place.city': 'Oslo' } }, 'Oslo', 1],
      [{ $set: { n: 5 } }, 'Bergen', 0],
      [{ $unset: { live: '' } }, 'Oslo', 0],
    ];
    for (const [update, city, times] of steps) {
      await items.updateOne({}, update);
      expect([update, await listed(city)]).toEqual([update, times]);
    }
  });

  it('builds an index on what is there, and nothing when that is impossible', async () => {
    const late = server.db.collection<Document>('late');
    await late.insertMany([{ a: 1 }, { a: 1 }, { a: [2, 3] }]);
    expect(await refusal(late.createIndex({ a: 1 }, { unique: true }))).toMatchObject({
      code: 11000,
      keyValue: { a: 1 },
    });
    expect(await late.indexes()).toHaveLength(1);
    await late.createIndex({ a: 1 });
    expect(await late.countDocuments({ a: { $gte: 2 } })).toBe(1);
  });

  it('refuses two arrays side by side in one index', async () => {
    const parallel = server.db.collection<Document>('parallel');
    await parallel.createIndex({ a: 1, b: 1 });
    expect(await refusal(parallel.insertOne({ a: [1], b: [2] }))).toMatchObject({ code: 171 });
    await parallel.insertOne({ a: [1, 2], b: 1 });
  });

  it('keeps pairs from one element apart in an index on two fields below an array', async () => {
    const owners = server.db.collection<Document>('owners');
    await owners.createIndex({ 'c.d': 1, 'c.e': 1 }, { unique: true });
    await owners.insertOne({ c: [{ d: 1, e: 2 }, { d: 3 }] });
    await owners.insertOne({
      c: [
        { d: 1, e: 4 },
        { d: 3, e: 2 },
      ],
    });
    for (const taken of [{ d: 1, e: 2 }, { d: 3, e: 2 }, { d: 3 }])
      expect(await refusal(owners.insertOne({ c: [taken] }))).toMatchObject({ code: 11000 });
    // One element may meet the one condition and another the other: the index knows pairs alone.
    expect(await owners.countDocuments({ 'c.d': 1, 'c.e': 2 })).toBe(2);
    expect(await owners.countDocuments({ c: { $elemMatch: { d: 1, e: 2 } } })).toBe(1);
  });

  it('lists, repeats, refuses and drops indexes', async () => {
    const many = server.db.collection<Document>('many');
    await many.createIndex({ a: 1 }, { expireAfterSeconds: 60 });
    await many.createIndex({ a: 1 }, { expireAfterSeconds: 60 });
    expect(await many.indexes()).toEqual([
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { a: 1 }, name: 'a_1', expireAfterSeconds: 60 },
    ]);
    expect(
      await refusal(many.createIndex({ a: 1 }, { name: 'other', expireAfterSeconds: 60 })),
    ).toMatchObject({ code: 85 });
    expect(await refusal(many.createIndex({ a: 1 }, { expireAfterSeconds: 61 }))).toMatchObject({
      code: 85,
    });
    expect(await refusal(many.createIndex({ b: 1 }, { name: 'a_1' }))).toMatchObject({ code: 86 });
    const both = many.createIndexes([
      { key: { c: 1 }, name: 'c' },
      { key: { d: 1 }, name: 'c' },
    ]);
    expect(await refusal(both)).toMatchObject({ code: 86 });
    expect(await many.createIndex({ _id: 1 })).toBe('_id_1');
    expect(await refusal(many.createIndex({ _id: 1 }, { sparse: true }))).toBeDefined();
    const empty = { createIndexes: 'many', indexes: [{ key: {}, name: '$natural' }] };
    expect(await refusal(server.db.command(empty))).toMatchObject({ code: 67 });
    const nothing = { key: { p: 1 }, name: 'p_1', partialFilterExpression: null };
    expect(
      await refusal(server.db.command({ createIndexes: 'many', indexes: [nothing] })),
    ).toBeDefined();
    expect(await refusal(many.dropIndex('none'))).toMatchObject({ code: 27 });
    expect(await refusal(many.dropIndex('_id_'))).toMatchObject({ code: 72 });
    expect(await refusal(server.db.collection('missing').indexes())).toMatchObject({ code: 26 });
    await many.dropIndex('a_1');
    expect(await many.indexes()).toHaveLength(1);
    await many.createIndexes([{ key: { a: 1 } }, { key: { b: -1 } }]);
    await many.dropIndexes();
    expect(await many.indexes()).toHaveLength(1);
  });

  it('makes, lists and drops collections and databases', async () => {
    const other = server.client.db(`${server.db.databaseName}_other`);
    await other.createCollection('made');
    await other.collection('grown').insertOne({});
    const listed = await other.listCollections().toArray();
    expect(listed.map(({ name }) => name).toSorted()).toEqual(['grown', 'made']);
    expect(await other.listCollections({ name: 'made' }, { nameOnly: true }).toArray()).toEqual([
      { name: 'made', type: 'collection' },
    ]);
    const databases = await server.client.db('admin').admin().listDatabases();
    expect(databases.databases.map(({ name }) => name)).toContain(other.databaseName);
    await other.collection('made').drop();
    expect(await other.listCollections().toArray()).toHaveLength(1);
    await other.dropDatabase();
    expect(await other.collection('grown').countDocuments()).toBe(0);
    expect(await refusal(other.collection('a$b').insertOne({}))).toMatchObject({ code: 73 });
  });

  it('hands out a long answer in batches', async () => {
    const long = server.db.collection<Document>('long');
    await long.insertMany(Array.from({ length: 1_000 }, (_, n) => ({ n, text: 'x'.repeat(100) })));
    for (const batchSize of [1, 7, 999, 1_000, 1_001]) {
      const found = await long
        .find({}, { batchSize })
        .limit(250 + batchSize)
        .toArray();
      expect(found.map(({ n }) => n as unknown)).toEqual(
        Array.from({ length: Math.min(1_000, 250 + batchSize) }, (_, n) => n),
      );
    }
    const cursor = long.find({}, { batchSize: 2 });
    await cursor.next();
    await cursor.close();
    expect(
      await refusal(server.db.command({ getMore: cursor.id ?? 1n, collection: 'long' })),
    ).toBeDefined();
  });

  it('reads nothing for an empty first batch', async () => {
    const later = server.db.collection<Document>('later');
    const open = async (): Promise<unknown> => {
      const raw = { promoteLongs: false };
      const { cursor } = await server.db.command({ find: 'later', batchSize: 0 }, raw);
      return (cursor as { id: unknown }).id;
    };
    await later.insertOne({ n: 1 });
    const [read, dropped] = [await open(), await open()];
    await later.insertOne({ n: 2 });
    expect(await server.db.command({ getMore: read, collection: 'later' })).toMatchObject({
      cursor: { nextBatch: [{ n: 1 }, { n: 2 }] },
    });
    await later.drop();
    const more = server.db.command({ getMore: dropped, collection: 'later' });
    expect(await refusal(more)).toMatchObject({ code: 175 });
  });

  it.each(['drop', 'dropIndexes'])('says at the next batch that there was a %s', async (name) => {
    const gone = server.db.collection<Document>('gone');
    await gone.createIndex({ n: 1 });
    await gone.insertMany(Array.from({ length: 5_000 }, (_, n) => ({ n })));
    const cursor = gone.find({ n: { $gte: 0 } }, { batchSize: 2 });
    await cursor.next();
    await server.db.command({ [name]: 'gone', ...(name === 'drop' ? {} : { index: 'n_1' }) });
    await gone.insertOne({ n: 5_001 });
    expect(await refusal(cursor.toArray())).toMatchObject({ code: 175 });
  });

  it('counts, groups and projects in a pipeline', async () => {
    const sales = server.db.collection<Document>('sales');
    await sales.insertMany([
      { who: 'a', n: 1, x: 1.5, at: new Date('2024-01-02') },
      { who: 'b', n: 2, x: null, at: new Date('2024-01-03') },
      { who: 'a', n: 3, x: 'text', at: new Date('2024-01-02') },
    ]);
    const run = async (...stages: Document[]): Promise<Document[]> =>
      sales.aggregate(stages).toArray();
    expect(await run({ $match: { who: 'a' } }, { $count: 'total' })).toEqual([{ total: 2 }]);
    expect(await run({ $match: { who: 'none' } }, { $count: 'total' })).toEqual([]);
    expect(
      await run(
        { $group: { _id: '$who', n: { $sum: 1 }, sum: { $sum: '$n' } } },
        { $sort: { _id: 1 } },
      ),
    ).toEqual([
      { _id: 'a', n: 2, sum: 4 },
      { _id: 'b', n: 1, sum: 2 },
    ]);
    expect(await run({ $group: { _id: '$at', n: { $sum: '$x' } } }, { $sort: { _id: 1 } })).toEqual(
      [
        { _id: new Date('2024-01-02'), n: 1.5 },
        { _id: new Date('2024-01-03'), n: 0 },
      ],
    );
    await sales.insertOne({ who: 'c' });
    const perX = await run(
      { $match: { n: { $ne: 3 } } },
      { $group: { _id: '$x', n: { $sum: 1 } } },
      { $sort: { n: 1 } },
    );
    expect(perX).toEqual([
      { _id: 1.5, n: 1 },
      { _id: null, n: 2 },
    ]);
    await sales.deleteOne({ who: 'c' });
    expect(
      await run({ $sort: { n: -1 } }, { $skip: 1 }, { $limit: 1 }, { $project: { _id: 0, n: 1 } }),
    ).toEqual([{ n: 2 }]);
    expect(
      await run({ $match: { n: { $gt: 1 } } }, { $project: { n: 1 } }, { $count: 'n' }),
    ).toEqual([{ n: 2 }]);
    expect(await refusal(run({ $foo: 1 }))).toMatchObject({ code: 40324 });
    expect(await refusal(run({ $group: { n: { $sum: 1 } } }))).toMatchObject({ code: 15955 });
    expect(await refusal(run({ $limit: 0 }))).toMatchObject({ code: 15958 });
    expect(await refusal(run({ $sort: {} }))).toMatchObject({ code: 15976 });
    expect(await refusal(run({ $count: '_id' }))).toBeDefined();
    expect(await refusal(run({ $group: { _id: 1, $n: { $sum: 1 } } }))).toBeDefined();
  });

  it('takes the stages of a pipeline in any order and number', async () => {
    const clicks = server.db.collection<Document>('clicks');
    const docs = Array.from({ length: 60 }, (_, n) => ({ _id: n, page: `p${n % 4}`, n }));
    await clicks.insertMany(docs as unknown as Document[]);
    const run = async (...stages: Document[]): Promise<Document[]> =>
      clicks.aggregate(stages).toArray();
    const top = await run(
      { $match: { n: { $gte: 10 } } },
      { $group: { _id: '$page', hits: { $sum: 1 }, sum: { $sum: '$n' } } },
      { $sort: { hits: -1, _id: 1 } },
      { $limit: 3 },
      { $project: { sum: 0 } },
    );
    expect(top).toEqual([
      { _id: 'p2', hits: 13 },
      { _id: 'p3', hits: 13 },
      { _id: 'p0', hits: 12 },
    ]);
    // A limit before a sort or a filter is another question than one behind it.
    expect(await run({ $sort: { n: 1 } }, { $limit: 3 }, { $sort: { n: -1 } })).toEqual([
      { _id: 2, page: 'p2', n: 2 },
      { _id: 1, page: 'p1', n: 1 },
      { _id: 0, page: 'p0', n: 0 },
    ]);
    const paged = [{ $sort: { n: 1 } }, { $limit: 10 }, { $skip: 4 }, { $skip: 4 }, { $limit: 5 }];
    expect(await run(...paged)).toHaveLength(2);
    expect(await run(...paged, { $match: { n: 8 } }, { $count: 'n' })).toEqual([{ n: 1 }]);
    const groups = [{ $group: { _id: '$page' } }, { $group: { _id: null, pages: { $sum: 1 } } }];
    expect(await run(...groups)).toEqual([{ _id: null, pages: 4 }]);
    expect(await run({ $project: { n: 1 } }, { $match: { page: 'p1' } })).toEqual([]);
    const cursor = clicks.aggregate([{ $project: { n: 1 } }, { $match: {} }], { batchSize: 7 });
    expect(await cursor.toArray()).toHaveLength(60);
    const many = Array.from({ length: 1_001 }, () => ({ $match: {} }));
    expect(await refusal(run(...many))).toMatchObject({
      code: expect.any(Number) as unknown,
    });
    expect(await run(...many.slice(1))).toHaveLength(60);
  });

  it('refuses unknown commands, options and stages', async () => {
    const admin = server.client.db('admin');
    expect(await refusal(admin.command({ noSuchCommand: 1 }))).toMatchObject({ code: 59 });
    expect(await refusal(server.db.command({ find: 'x', foo: 1 }))).toMatchObject({ code: 40415 });
    expect(await refusal(server.db.command({ ping: 1, '': 1 }))).toMatchObject({ code: 40415 });
    expect(await refusal(server.db.command({ find: 'x', filter: 1 }))).toMatchObject({ code: 14 });
    expect(await refusal(server.db.command({ find: 'x', sort: { a: 2 } }))).toMatchObject({
      code: 15975,
    });
    const concern = { insert: 'x', documents: [{}], writeConcern: { w: 1, foo: 1 } };
    expect(await refusal(server.db.command(concern))).toBeDefined();
    expect(await admin.command({ ping: 1 })).toMatchObject({ ok: 1 });
    expect(await admin.command({ buildInfo: 1 })).toMatchObject({ ok: 1 });
  });
});
