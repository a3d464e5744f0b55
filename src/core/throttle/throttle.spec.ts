import { RateLimiterMongo } from 'rate-limiter-flexible';
import { throttleCollection } from './throttle.js';

it('builds the indexes that the limiter would build', async () => {
  const built: unknown[] = [];
  const createIndex = async (...index: unknown[]) => built.push(index);
  const storeClient = { collection: () => ({ createIndex }) };
  const options = { storeClient, points: 1, duration: 1, disableIndexesCreation: true };
  await new RateLimiterMongo(options).createIndexes();
  expect(built).toEqual(throttleCollection.indexes);
});
