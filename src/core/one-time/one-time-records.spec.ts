import mongoose, { type Connection } from 'mongoose';
import { settingsOf } from '../../../test/support/config.js';
import { freshDatabase } from '../../../test/support/database-address.js';
import { removeExpired } from '../../../test/support/expiry.js';
import { DAY, HOUR, MINUTE } from '../clock.js';
import type { Database } from '../database/database.js';
import { SealSettings } from '../crypto/seal.settings.js';
import { oneTimeCollection, type OneTimeRecord, OneTimeRecords } from './one-time-records.js';

const OLD = 'kW8mZq3vTn5xYb7cJd9fGh2jLp4rSt6u';
const NEW = 'Zt4mX8qLw2VnR7cKy1HbJ5sDf9GpA3eU';
const RESET = { name: 'reset', lifetime: 10 * MINUTE };
const OTHER = { name: 'other', lifetime: 10 * MINUTE };
const PAYLOAD = { path: '/settings', fields: { name: 'Ada' } };

let connection: Connection;
beforeAll(async () => {
  const uri = freshDatabase();
  connection = await mongoose.createConnection(uri).asPromise();
});
afterAll(async () => {
  await connection.dropDatabase();
  await connection.close();
});

let now: Date;
let records: OneTimeRecords;
beforeEach(async () => {
  await connection.collection('one-time').deleteMany({});
  now = new Date();
  records = started(OLD);
});

/** The room of an application that was started with these secrets. */
function started(...sessionSecrets: string[]): OneTimeRecords {
  // It is asked for nothing else; the index that it would make only cleans up.
  const database = { declare: () => undefined } as unknown as Database;
  const seal = settingsOf(SealSettings, { SESSION_SECRET: sessionSecrets.join(',') });
  return new OneTimeRecords(connection, { now: () => now }, seal, database);
}

describe('a one-time record', () => {
  it('gives what it holds, once', async () => {
    const token = await records.issue(RESET, 'ada', PAYLOAD);
    expect(await records.spend(RESET, 'ada', token)).toEqual(PAYLOAD);
    expect(await records.spend(RESET, 'ada', token)).toBeNull();
    expect(await records.read(RESET, 'ada', token)).toBeNull();
  });

  it('RC-07 is spent by one of sixteen at once', async () => {
    const token = await records.issue(RESET, 'ada', PAYLOAD);
    const spent = await Promise.all(
      Array.from({ length: 16 }, () => records.spend(RESET, 'ada', token)),
    );
    expect(spent.filter((payload) => payload !== null)).toEqual([PAYLOAD]);
  });

  it('may be read any number of times before', async () => {
    const token = await records.issue(RESET, 'ada', PAYLOAD);
    for (let time = 0; time < 3; time++) {
      expect(await records.read(RESET, 'ada', token)).toEqual(PAYLOAD);
    }
    expect(await records.spend(RESET, 'ada', token)).toEqual(PAYLOAD);
  });

  it.each<[string, typeof RESET, string, (token: string) => string]>([
    ['by somebody else', RESET, 'eve', (token) => token],
    ['by nobody', RESET, '', (token) => token],
    ['for something else', OTHER, 'ada', (token) => token],
    ['by a part of its token', RESET, 'ada', (token) => token.slice(0, -1)],
    ['by its token in capitals', RESET, 'ada', (token) => token.toUpperCase()],
    ['without a token', RESET, 'ada', () => ''],
  ])('is not spent %s, and stays', async (_, purpose, holder, tried) => {
    const token = await records.issue(RESET, 'ada', PAYLOAD);
    expect(await records.read(purpose, holder, tried(token))).toBeNull();
    expect(await records.spend(purpose, holder, tried(token))).toBeNull();
    expect(await records.spend(RESET, 'ada', token)).toEqual(PAYLOAD);
  });

  it('FA-10 ends by the clock, though it is still stored', async () => {
    const token = await records.issue(RESET, 'ada', PAYLOAD);
    const issued = now.getTime();
    now = new Date(issued + RESET.lifetime - 1);
    expect(await records.read(RESET, 'ada', token)).toEqual(PAYLOAD);
    now = new Date(issued + RESET.lifetime);
    expect(await records.read(RESET, 'ada', token)).toBeNull();
    expect(await records.spend(RESET, 'ada', token)).toBeNull();
    expect(await connection.collection('one-time').countDocuments()).toBe(1);
  });

  it('FA-09 is worth nothing with an end that only a wrong clock can have set', async () => {
    now = new Date(now.getTime() + 365 * 24 * 60 * 60_000);
    const token = await records.issue(RESET, 'ada', PAYLOAD);
    now = new Date(now.getTime() - 365 * 24 * 60 * 60_000);
    expect(await records.read(RESET, 'ada', token)).toBeNull();
    expect(await records.spend(RESET, 'ada', token)).toBeNull();
    const next = await records.issue(RESET, 'ada', PAYLOAD);
    now = new Date(now.getTime() - 60_000);
    expect(await records.spend(RESET, 'ada', next)).toEqual(PAYLOAD);
  });

  it('FA-09 outlives the clock of a database that is ahead, but not for ever', async () => {
    const cleanUp = (pause: number) =>
      removeExpired(connection, oneTimeCollection, new Date(now.getTime() + pause));
    const token = await records.issue(RESET, 'ada', PAYLOAD);
    await cleanUp(23 * HOUR);
    expect(await records.read(RESET, 'ada', token)).toEqual(PAYLOAD);
    await cleanUp(DAY + RESET.lifetime + 1);
    expect(await connection.collection('one-time').countDocuments()).toBe(0);
  });

  it('is one of many, each with a token of its own', async () => {
    const payloads = Array.from({ length: 20 }, (_, n) => ({ n }));
    const tokens = await Promise.all(payloads.map((each) => records.issue(RESET, 'ada', each)));
    for (const [n, token] of tokens.entries()) {
      expect(await records.spend(RESET, 'ada', token)).toEqual({ n });
    }
  });

  it('may have the token that it is given', async () => {
    const token = 'Zt4mX8qLw2VnR7cKy1HbJ5sDf9GpA3eU';
    await records.issue(RESET, 'ada', PAYLOAD, token);
    expect(await records.spend(RESET, 'ada', token)).toEqual(PAYLOAD);
  });

  it('LE-03 is worth nothing to who reads the database', async () => {
    const token = await records.issue(RESET, 'ada', PAYLOAD);
    const stored = JSON.stringify(await connection.collection('one-time').findOne());
    for (const secret of [token, 'ada', '/settings', 'Ada']) expect(stored).not.toContain(secret);
  });

  it.each([[5], [null], [{ length: 40 }], [true]])(
    'is worth nothing with %j in the place of its payload',
    async (payload) => {
      const token = await records.issue(RESET, 'ada', PAYLOAD);
      await connection.collection('one-time').updateOne({}, { $set: { payload } });
      expect(await records.read(RESET, 'ada', token)).toBeNull();
      expect(await records.spend(RESET, 'ada', token)).toBeNull();
    },
  );

  it('does not open with what another one holds', async () => {
    const stored = connection.collection<OneTimeRecord>('one-time');
    await records.issue(RESET, 'ada', { n: 1 });
    const payload = (await stored.findOne())?.payload ?? '';
    const token = await records.issue(RESET, 'ada', { n: 2 });
    await stored.updateMany({}, { $set: { payload } });
    expect(await records.spend(RESET, 'ada', token)).toBeNull();
  });

  it('FA-07, SE-13 lives through a restart, with another secret before its own', async () => {
    const token = await records.issue(RESET, 'ada', PAYLOAD);
    expect(await started(OLD).read(RESET, 'ada', token)).toEqual(PAYLOAD);
    expect(await started(NEW, OLD).read(RESET, 'ada', token)).toEqual(PAYLOAD);
    expect(await started(NEW).read(RESET, 'ada', token)).toBeNull();
  });
});
