import type { Document } from 'mongodb';
import {
  describeEmbedded,
  serverUnderTest,
  type ServerUnderTest,
} from './support/server-under-test.js';

interface Stats {
  readonly executionStats: {
    readonly nReturned: number;
    readonly totalDocsExamined: number;
    readonly totalKeysExamined: number;
  };
}

describeEmbedded('the cost of an answer', () => {
  let server: ServerUnderTest;
  const SIZES = [1_000, 20_000];

  beforeAll(async () => {
    server = await serverUnderTest('planner');
    for (const size of SIZES) {
      const users = server.db.collection<Document>(`users${size}`);
      await users.createIndexes([
        { key: { email: 1 }, unique: true },
        { key: { name: 1 }, sparse: true },
        { key: { group: 1, at: -1 } },
        { key: { expires: 1 }, expireAfterSeconds: 0 },
        { key: { live: 1 }, partialFilterExpression: { live: { $exists: true } } },
        { key: { tags: 1 } },
      ]);
      const docs = Array.from({ length: size }, (_, i) => ({
        _id: `sid${i}`,
        email: `user${i}@example.org`,
        name: `name${i}`,
        group: i % (size / 10),
        at: i,
        tags: [`t${i}`, `u${i}`],
        expires: new Date(Date.now() + 3_600_000),
        ...(i < 3 ? { live: `l${i}` } : {}),
      }));
      await users.insertMany(docs as unknown as Document[]);
    }
  });

  afterAll(async () => server.close());

  const examined = async (
    size: number,
    filter: Document,
    sort: Record<string, 1 | -1> = {},
    limit = 0,
  ): Promise<number[]> => {
    const found = server.db.collection(`users${size}`).find(filter, { sort, limit });
    // The shape is MongoDB's own.
    const { executionStats } = (await found.explain('executionStats')) as unknown as Stats;
    return [
      executionStats.nReturned,
      executionStats.totalDocsExamined,
      executionStats.totalKeysExamined,
    ];
  };

  it.each<[string, Document, Record<string, 1 | -1>, number, number[]]>([
    ['a session id', { _id: 'sid500' }, {}, 0, [1, 1, 1]],
    [
      'a session id that is not expired',
      { _id: 'sid500', $or: [{ expires: { $exists: false } }, { expires: { $gt: new Date() } }] },
      {},
      0,
      [1, 1, 1],
    ],
    ['a unique e-mail', { email: 'user7@example.org' }, {}, 1, [1, 1, 1]],
    [
      'a unique e-mail in a group',
      { group: 7, email: 'user7@example.org' },
      { at: 1 },
      0,
      [1, 1, 1],
    ],
    ['nobody', { email: 'nobody' }, {}, 0, [0, 0, 0]],
    [
      'an e-mail or a name',
      { $or: [{ email: 'user7@example.org' }, { name: 'name9' }] },
      {},
      0,
      [2, 2, 2],
    ],
    [
      'the same by both',
      { $or: [{ email: 'user7@example.org' }, { name: 'name7' }] },
      {},
      0,
      [1, 1, 2],
    ],
    [
      'a list',
      { email: { $in: ['user1@example.org', 'user2@example.org', 'none'] } },
      {},
      0,
      [2, 2, 2],
    ],
    ['a range within a group', { group: 7, at: { $lt: 500 } }, { at: -1 }, 3, [3, 3, 3]],
    ['the newest of a group', { group: 7 }, { at: -1 }, 2, [2, 2, 2]],
    ['the oldest of a group', { group: 7 }, { at: 1 }, 2, [2, 2, 2]],
    ['a sort alone', {}, { email: 1 }, 4, [4, 4, 4]],
    ['an element of an array', { tags: 'u7' }, {}, 0, [1, 1, 1]],
    ['elements of one array', { tags: { $in: ['t7', 'u7'] } }, {}, 0, [1, 1, 2]],
    ['a partial index', { live: 'l1' }, {}, 0, [1, 1, 1]],
    ['a range of a partial index', { live: { $gte: 'l1' } }, {}, 0, [2, 2, 2]],
  ])('does not grow with the collection for %s', async (_name, filter, sort, limit, expected) => {
    const [small = 0, large = 0] = SIZES;
    const costs = await examined(small, filter, sort, limit);
    // `group` has ten members in each size; a range may be answered from fewer in the larger one.
    const inLarge = filter['at'] === undefined ? await examined(large, filter, sort, limit) : costs;
    expect(inLarge).toEqual(costs);
    expect(costs).toEqual(expected);
  });

  it('scans when no index can answer', async () => {
    const [small = 0] = SIZES;
    expect(await examined(small, { name: { $exists: false } })).toEqual([0, small, 0]);
    expect(await examined(small, { live: null })).toEqual([small - 3, small, 0]);
  });
});
