import { Binary, Double, Long, type Document } from 'mongodb';
import { refusal, serverUnderTest, type ServerUnderTest } from './support/server-under-test.js';

describe('what clients send and read', () => {
  let server: ServerUnderTest;

  beforeAll(async () => (server = await serverUnderTest('answers')));
  afterAll(async () => server.close());

  const filled = async (name: string, ...docs: Document[]): Promise<void> => {
    await server.db.collection(name).insertMany(docs);
  };

  it('answers with a double for ok, in success and in failure', async () => {
    const raw = { promoteValues: false };
    expect((await server.db.command({ ping: 1 }, raw))['ok']).toBeInstanceOf(Double);
    const { ok } = await refusal(server.db.command({ foo: 1 }, raw));
    expect(ok).toBeInstanceOf(Double);
  });

  it('says what createIndexes did', async () => {
    const create = async (...names: string[]): Promise<Document> =>
      server.db.command({
        createIndexes: 'made',
        indexes: names.map((name) => ({ key: { [name]: 1 }, name })),
      });
    expect(await create('a')).toMatchObject({
      numIndexesBefore: 1,
      numIndexesAfter: 2,
      createdCollectionAutomatically: true,
    });
    expect(await create('b', 'c')).toMatchObject({
      numIndexesBefore: 2,
      numIndexesAfter: 4,
      createdCollectionAutomatically: false,
    });
    const again = await create('a', 'b');
    expect(again).toMatchObject({
      numIndexesBefore: 4,
      numIndexesAfter: 4,
      note: 'all indexes already exist',
    });
    expect(await server.db.command({ drop: 'made' })).toMatchObject({
      nIndexesWas: 4,
      ns: `${server.db.databaseName}.made`,
    });
  });

  it('lists a flag of an index as a boolean', async () => {
    const key = { a: 1 };
    const indexes = [{ key, name: 'a', unique: 1, sparse: 0 }];
    await server.db.command({ createIndexes: 'flags', indexes });
    const listed = await server.db.collection('flags').indexes();
    expect(listed[1]).toEqual({ v: 2, key, name: 'a', unique: true });
  });

  it('drops indexes by their key and by a list of names', async () => {
    const many = server.db.collection<Document>('many');
    await many.createIndexes(['a', 'b', 'c', 'd'].map((name) => ({ key: { [name]: 1 } })));
    const drop = async (index: unknown): Promise<Document> =>
      server.db.command({ dropIndexes: 'many', index });
    expect(await drop({ a: 1 })).toMatchObject({ nIndexesWas: 5 });
    expect(await drop(['b_1', 'c_1'])).toMatchObject({ nIndexesWas: 4 });
    expect(await refusal(drop({ a: 1 }))).toMatchObject({ code: 27 });
    expect(await refusal(drop({ _id: 1 }))).toMatchObject({ code: 72 });
    expect(await refusal(drop(['d_1', '*']))).toMatchObject({ code: 27 });
    expect((await many.indexes()).map(({ name }) => name)).toEqual(['_id_', 'd_1']);
    expect(await drop([])).toMatchObject({ nIndexesWas: 2 });
  });

  it('gives a collection an identity for its life', async () => {
    const uuid = async (): Promise<unknown> => {
      const [found] = await server.db.listCollections({ name: 'life' }).toArray();
      return found && 'info' in found ? found.info?.uuid : undefined;
    };
    await filled('life', { n: 1 });
    const first = await uuid();
    expect(first).toMatchObject({ sub_type: Binary.SUBTYPE_UUID });
    await filled('life', { n: 2 });
    expect(await uuid()).toEqual(first);
    await server.db.collection('life').drop();
    await filled('life', { n: 1 });
    expect(await uuid()).not.toEqual(first);
  });

  it('lists the names of databases alone', async () => {
    await filled('x', { n: 1 });
    const admin = server.client.db('admin');
    const { databases } = await admin.command({ listDatabases: 1, nameOnly: true });
    expect(databases).toContainEqual({ name: server.db.databaseName });
  });

  it('matches a stored pattern, and no text, by $eq', async () => {
    const patterns = server.db.collection<Document>('patterns');
    await filled('patterns', { p: /ab/ }, { p: 'ab' }, { p: /ab/i });
    expect(await patterns.countDocuments({ p: { $eq: /ab/ } })).toBe(1);
    expect(await patterns.countDocuments({ p: /ab/ })).toBe(2);
    await patterns.updateOne({ q: { $eq: /new/ } }, { $set: { n: 1 } }, { upsert: true });
    expect(await patterns.countDocuments({ q: { $eq: /new/ } })).toBe(1);
  });

  it('takes a comment in a filter', async () => {
    const commented = server.db.collection<Document>('commented');
    await filled('commented', { n: 1 }, { n: 2 });
    const filter = { $comment: 'why', $or: [{ n: 2, $comment: { a: 1 } }] };
    expect(await commented.countDocuments(filter)).toBe(1);
    const set = { $set: { m: 1 } };
    await commented.updateOne({ $comment: 'why', n: 3 }, set, { upsert: true });
    expect(await commented.findOne({ m: 1 }, { projection: { _id: 0 } })).toEqual({ n: 3, m: 1 });
  });

  it('answers findandmodify as findAndModify', async () => {
    await filled('jobs', { n: 1 });
    const job = { findandmodify: 'jobs', query: { n: 1 }, update: { $inc: { n: 1 } }, new: 1 };
    expect(await server.db.command(job)).toMatchObject({ value: { n: 2 } });
  });

  it('keeps a cursor without a limit of idle time', async () => {
    await filled('slow', { n: 1 }, { n: 2 }, { n: 3 });
    const slow = server.db.collection('slow').find({}, { noCursorTimeout: true, batchSize: 1 });
    expect(await slow.toArray()).toHaveLength(3);
  });

  it('counts as many as a negative limit says', async () => {
    await filled('counted', { n: 1 }, { n: 2 }, { n: 3 });
    for (const [limit, n] of [
      [-2, 2],
      [2, 2],
      [-9, 3],
      [0, 3],
    ])
      // prettier-ignore
      expect(await server.db.command({ count: 'counted', limit })).toMatchObject({ n });
  });

  it('counts an element that was null as modified when it is unset', async () => {
    await filled('nulls', { a: [null, 1], b: null });
    const nulls = server.db.collection<Document>('nulls');
    const changed = async (update: Document): Promise<number> =>
      (await nulls.updateOne({}, update)).modifiedCount;
    expect(await changed({ $unset: { 'a.0': '' } })).toBe(1);
    expect(await changed({ $unset: { c: '', 'a.7': '' } })).toBe(0);
    expect(await changed({ $set: { b: null, a: [null, 1] } })).toBe(0);
    expect(await changed({ $set: { b: new Double(1) } })).toBe(1);
    expect(await changed({ $set: { b: Long.fromNumber(1) } })).toBe(1);
    expect(await changed({ $pull: { a: 5 } })).toBe(0);
    expect(await changed({ $addToSet: { a: 1 } })).toBe(0);
  });

  it('sets the date by $currentDate for either boolean', async () => {
    await filled('dates', { n: 1 });
    const dates = server.db.collection<Document>('dates');
    await dates.updateOne({ n: 1 }, { $currentDate: { at: false } } as unknown as Document);
    expect((await dates.findOne())?.['at']).toBeInstanceOf(Date);
  });

  it('reads by the index of a hint', async () => {
    const hinted = server.db.collection<Document>('hinted');
    await filled('hinted', { a: 3, b: 1 }, { a: 1, b: 2 }, { a: 2, b: 3, c: 1 });
    await hinted.createIndexes([
      { key: { a: 1 } },
      { key: { b: -1 } },
      { key: { c: 1 }, sparse: true },
    ]);
    const found = async (hint: Document | string, filter: Document = {}): Promise<unknown[]> =>
      (await hinted.find(filter, { hint }).toArray()).map(({ a }) => a as unknown);
    expect(await found('a_1')).toEqual([1, 2, 3]);
    expect(await found({ $natural: 1 }, { a: { $gt: 0 } })).toEqual([3, 1, 2]);
    expect(await found({ b: -1 }, { a: { $lt: 3 } })).toEqual([1, 2]);
    expect(await found('c_1', { c: 1 })).toEqual([2]);
    await hinted.updateOne({ a: 1 }, { $set: { d: 1 } }, { hint: 'a_1' });
    await hinted.deleteOne({ a: 3 }, { hint: { a: 1 } });
    expect(await hinted.countDocuments({ d: 1 }, { hint: 'a_1' })).toBe(1);
    expect(await hinted.find({}, { hint: {} }).toArray()).toHaveLength(2);
    // There is no collection, and so no index that could be missing.
    expect(await server.db.collection('none').find({}, { hint: 'a_1' }).toArray()).toEqual([]);
  });
});
