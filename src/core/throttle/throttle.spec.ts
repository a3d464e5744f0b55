import mongoose, { type Connection } from 'mongoose';
import { freshDatabase } from '../../../test/support/database-address.js';
import { MINUTE } from '../clock.js';
import type { Database } from '../database/database.js';
import { TooManyAttempts } from '../domain-error.js';
import type { Counter, Limit } from './limit.js';
import { Throttle } from './throttle.js';

const LIMIT: Limit = { name: 'tries', tries: 2, window: 10 * MINUTE };
const SEVERAL: Limit = { ...LIMIT, name: 'several' };

let connection: Connection;
let throttle: Throttle;
beforeAll(async () => {
  connection = await mongoose.createConnection(freshDatabase()).asPromise();
  // It is asked for nothing else: the unique index that it makes is made here.
  const database = { declare: () => undefined } as unknown as Database;
  await connection.collection('throttle').createIndex({ key: 1 }, { unique: true });
  throttle = new Throttle(connection, { now: () => new Date() }, database);
});
afterAll(async () => {
  await connection.dropDatabase();
  await connection.close();
});

describe.each<[keyof Counter]>([['tries'], ['row'], ['underWay']])(
  'a counter whose "%s" some other hand has written',
  (field) => {
    it.each([['1'], [null], [[1]], [{ count: 1 }], [true]])(
      'as %j counts anew, and fills up',
      async (value) => {
        const about = JSON.stringify([field, value]);
        await (await throttle.begin([SEVERAL, about], [LIMIT, about])).keep();
        await connection.collection('throttle').updateMany({}, { $set: { [field]: value } });
        for (let time = 0; time < LIMIT.tries; time++) {
          const attempt = await throttle.begin([SEVERAL, about], [LIMIT, about]);
          expect(attempt.refusal).toBeNull();
          await attempt.keep();
        }
        await expect(throttle.consume(LIMIT, about)).rejects.toThrow(TooManyAttempts);
      },
    );
  },
);
