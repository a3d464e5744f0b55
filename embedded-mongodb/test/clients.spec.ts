import { MongoStore } from 'connect-mongo';
import type { SessionData } from 'express-session';
import mongoose from 'mongoose';
import { RateLimiterMongo, RateLimiterRes } from 'rate-limiter-flexible';
import { refusal, serverUnderTest, type ServerUnderTest } from './support/server-under-test.js';

interface User {
  email?: string;
  name: string;
  tags: string[];
  seen?: Date;
}

/** The outcome of one of the store's methods, which report to a callback. */
const call = async (
  run: (done: (error: unknown, value?: unknown) => void) => unknown,
): Promise<unknown> =>
  new Promise((resolve, reject) => run((error, value) => (error ? reject(error) : resolve(value))));

describe('the clients of the product, unchanged', () => {
  let server: ServerUnderTest;
  let connection: mongoose.Connection;

  beforeAll(async () => {
    server = await serverUnderTest('clients');
    connection = await mongoose.createConnection(server.uri).asPromise();
  });

  afterAll(async () => {
    await connection.close();
    await server.close();
  });

  it('serves mongoose: models, indexes, versions, validation and lean reads', async () => {
    const schema = new mongoose.Schema<User>(
      {
        email: { type: String, unique: true, sparse: true },
        name: { type: String, required: true },
        tags: [String],
        seen: { type: Date, expires: 3_600 },
      },
      { timestamps: true, optimisticConcurrency: true },
    );
    schema.index({ name: 1, seen: -1 });
    const users = connection.model<User>('User', schema);
    await users.init();
    await users.syncIndexes();
    expect((await users.listIndexes()).map((index) => String(index['name']))).toEqual([
      '_id_',
      'email_1',
      'seen_1',
      'name_1_seen_-1',
    ]);
    const ada = await users.create({ email: 'a@example.org', name: 'Ada', tags: ['x'] });
    await users.create([{ name: 'Bob' }, { name: 'Cy' }]);
    expect(await refusal(users.create({ email: 'a@example.org', name: 'Eve' }))).toMatchObject({
      code: 11000,
      keyPattern: { email: 1 },
      keyValue: { email: 'a@example.org' },
    });
    const stale = await users.findById(ada._id);
    ada.tags.push('y');
    ada.tags.splice(0, 1);
    await ada.save();
    if (stale) stale.name = 'Stale';
    expect(await refusal(stale?.save() ?? Promise.resolve())).toMatchObject({
      message: expect.stringMatching('version 0') as unknown,
    });
    expect(await users.findOne({ email: 'a@example.org' }).lean()).toMatchObject({
      name: 'Ada',
      tags: ['y'],
    });
    expect(await users.find().sort({ name: -1 }).limit(2).distinct('name')).toHaveLength(3);
    await users.bulkWrite([
      { updateOne: { filter: { name: 'Bob' }, update: { $set: { seen: new Date() } } } },
      { deleteOne: { filter: { name: 'Cy' } } },
    ]);
    expect(await users.exists({ name: 'Cy' })).toBeNull();
    let streamed = 0;
    for await (const _ of users.find().cursor({ batchSize: 1 })) streamed++;
    expect(streamed).toBe(2);
  });

  it('serves connect-mongo', async () => {
    const store = MongoStore.create({ mongoUrl: server.uri, ttl: 60, touchAfter: 0 });
    const session = { cookie: { originalMaxAge: null }, user: 'ada' } as unknown as SessionData;
    await call((done) => store.set('sid', session, done));
    await call((done) => store.touch('sid', session, done));
    expect(await call((done) => store.get('sid', done))).toMatchObject({ user: 'ada' });
    expect(await call((done) => store.length(done))).toBe(1);
    await call((done) => store.destroy('sid', done));
    expect(await call((done) => store.get('sid', done))).toBeFalsy();
    await call((done) => store.set('sid', session, done));
    await call((done) => store.clear(done));
    expect(await call((done) => store.length(done))).toBe(0);
    await store.close();
  });

  it('serves the limiter of rate-limiter-flexible', async () => {
    const limiter = new RateLimiterMongo({
      storeClient: connection,
      dbName: server.db.databaseName,
      points: 5,
      duration: 60,
    });
    const spent = await Promise.allSettled(
      Array.from({ length: 20 }, async () => limiter.consume('key')),
    );
    expect(spent.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(await limiter.get('key')).toBeInstanceOf(RateLimiterRes);
    await limiter.delete('key');
    expect(await limiter.get('key')).toBeNull();
  });
});
