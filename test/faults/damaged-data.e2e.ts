import { startEmbeddedMongo } from '@latchkey/embedded-mongodb';
import mongoose from 'mongoose';
import { join } from 'node:path';
import { STORED_VERSION, VERSION_COLLECTION } from '../../src/core/database/stored-version.js';
import { patient } from '../support/database-address.js';
import { useProcesses } from '../support/process.js';

const processes = useProcesses();

describe('accounts that are there twice, in a database without its unique indexes', () => {
  const account = { identities: [], sessionEpoch: 0, createdAt: new Date() };
  const twins = (field: string, value: unknown) =>
    ['one', 'two'].map((name) => ({
      ...account,
      username: name,
      usernameCanonical: name,
      [field]: value,
    }));

  it.each([
    ['user name', twins('usernameCanonical', 'twin')],
    ['address', twins('emailClaim', '0 twin@example.com')],
    [
      'identity',
      twins('identities', [{ provider: 'google', key: 'google 1', linkedAt: new Date() }]),
    ],
  ])(
    'RC-11 by %s: nobody is let in, the log says so, and the repair is enough',
    async (_, pair) => {
      const mongo = await startEmbeddedMongo({ dataDir: join(processes.folder, 'twins') });
      const uri = patient(mongo.uri('latchkey'));
      const db = await mongoose.createConnection(uri).asPromise();
      try {
        const users = db.collection('users');
        await db
          .collection<{ _id: string; version: number }>(VERSION_COLLECTION)
          .insertOne({ _id: 'stored-version', version: STORED_VERSION });
        await users.insertMany(pair);
        const app = await processes.start({ MONGODB_URI: uri, BCRYPT_COST: '4' });
        await app.answers('/health/live', 200);
        await app.answers('/health/ready', 503);
        await app.says('hold the same value');
        for (const path of ['/', '/login', '/register', '/settings/profile']) {
          expect((await app.visitor().get(path)).status).toBe(503);
        }
        await users.deleteOne({ username: 'two' });
        await app.answers('/health/ready', 200);
        expect((await app.visitor().register('newcomer')).status).toBe(303);
        const again = users.insertOne({ ...pair[0], username: 'x' });
        await expect(again).rejects.toMatchObject({ code: 11000 });
      } finally {
        await db.close();
        await mongo.close();
      }
    },
  );

  it('refuses the data of another version in one sentence, and leaves it alone', async () => {
    const mongo = await startEmbeddedMongo({ dataDir: join(processes.folder, 'older') });
    const db = await mongoose.createConnection(mongo.uri('latchkey')).asPromise();
    try {
      await db
        .collection('users')
        .insertOne({ ...account, username: 'old', usernameCanonical: 'old' });
      const app = await processes.start({
        MONGODB_URI: patient(mongo.uri('latchkey')),
        BCRYPT_COST: '4',
      });
      expect(await app.exit()).toBe(69);
      expect(app.output).toContain('was written by an older version of this application');
      expect(app.output).not.toContain('    at ');
      expect((await db.db?.collections())?.map((each) => each.collectionName)).toEqual(['users']);
      expect(await db.collection('users').indexes()).toHaveLength(1);
    } finally {
      await db.close();
      await mongo.close();
    }
  });

  it('RC-11 an index of the same name that is not unique does not pass for it', async () => {
    const mongo = await startEmbeddedMongo({ dataDir: join(processes.folder, 'weak') });
    const uri = mongo.uri('latchkey');
    const db = await mongoose.createConnection(uri).asPromise();
    try {
      await db.collection('users').createIndex({ usernameCanonical: 1 });
      const app = await processes.start({ MONGODB_URI: uri, BCRYPT_COST: '4' });
      await app.answers('/health/live', 200);
      await app.says('usernameCanonical_1');
      await app.answers('/health/ready', 503);
      await db.collection('users').dropIndex('usernameCanonical_1');
      await app.answers('/health/ready', 200);
    } finally {
      await db.close();
      await mongo.close();
    }
  });
});
