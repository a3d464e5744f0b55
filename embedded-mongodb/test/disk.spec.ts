import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Executor } from '../src/commands/executor.js';
import { openStore } from '../src/storage/open-store.js';
import type { Store } from '../src/storage/store.js';
import { removeExpired } from '../src/storage/expiry.js';
import { decode, encode, MAX_MESSAGE_BYTES } from '../src/values/codec.js';
import type { Doc } from '../src/values/values.js';
import type { Reply } from '../src/commands/command.js';
import { describeEmbedded, temporaryFolder } from './support/server-under-test.js';

const doc = (fields: Record<string, unknown>): Doc => decode(encode(fields));

describeEmbedded('the file', () => {
  let folder: string;
  let store: Store;
  let executor: Executor;

  beforeEach(() => {
    folder = temporaryFolder();
    store = openStore(join(folder, 'data.sqlite'));
    executor = new Executor(store);
  });

  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });

  const run = async (fields: Record<string, unknown>): Promise<Reply> =>
    executor.run(
      () => doc({ ...fields, $db: 'test' }),
      (reply) => reply,
    );
  const insert = async (n: number): Promise<Reply> =>
    run({ insert: 'x', documents: [{ n, text: 'x'.repeat(20_000) }] });

  it('that can not grow refuses writers, answers readers, and heals', async () => {
    await run({ createIndexes: 'x', indexes: [{ key: { n: 1 }, name: 'n_1', unique: true }] });
    expect(await insert(0)).toMatchObject({ ok: 1 });
    // SQLite's own way to be full, without the right to mount a small disk.
    store.file.sql('PRAGMA max_page_count = 40').get();
    const replies = await Promise.all(Array.from({ length: 30 }, async (_, i) => insert(i + 1)));
    const stored = replies.filter(({ ok }) => ok === 1).length;
    expect(stored).toBeGreaterThan(0);
    expect(replies.filter(({ code }) => code === 14031)).toHaveLength(30 - stored);
    expect(await run({ count: 'x' })).toMatchObject({ n: stored + 1 });
    const [found] = await Promise.all([run({ find: 'x', filter: { n: 0 } }), insert(99)]);
    expect(found).toMatchObject({ ok: 1 });
    expect(await run({ create: 'y' })).toBeDefined();
    expect(await run({ delete: 'x', deletes: [{ q: { n: 1 }, limit: 1 }] })).toMatchObject({
      n: 1,
    });
    store.file.sql('PRAGMA max_page_count = 1000000').get();
    expect(await insert(100)).toMatchObject({ n: 1, ok: 1 });
    expect(await run({ count: 'x', query: { n: { $gte: 0 } } })).toMatchObject({ n: stored + 1 });
  });

  it('is read a megabyte at a time: an open cursor holds no more', async () => {
    for (let n = 0; n < 5; n++)
      await run({ insert: 'x', documents: [{ n, text: 'x'.repeat(2 ** 20) }] });
    const { cursor } = await run({ find: 'x', batchSize: 1 });
    await run({ delete: 'x', deletes: [{ q: {}, limit: 0 }] });
    const { id } = cursor as { id: unknown };
    // What was read ahead, to know whether there is more.
    expect(await run({ getMore: id, collection: 'x' })).toMatchObject({
      cursor: { nextBatch: [expect.any(Map)] },
    });
  });

  it('keeps what a statement may have to undo out of a folder that others share', () => {
    expect(store.file.sql('PRAGMA temp_store').get()).toEqual({ temp_store: 2 });
  });

  it('shares a commit between writers without sharing their errors', async () => {
    await run({ createIndexes: 'x', indexes: [{ key: { n: 1 }, name: 'n_1', unique: true }] });
    const replies = await Promise.all([
      insert(1),
      insert(1),
      run({ foo: 1 }),
      insert(2),
      run({ update: 'x', updates: [{ q: {}, u: { $foo: 1 } }] }),
      insert(3),
    ]);
    expect(replies.map(({ n, code }) => code ?? n)).toMatchObject([1, 0, 59, 1, 0, 1]);
    expect(await run({ count: 'x' })).toMatchObject({ n: 3 });
  });

  it('loses what has expired, a small turn at a time, and nothing else', async () => {
    await run({
      createIndexes: 'x',
      indexes: [{ key: { at: 1 }, name: 'at_1', expireAfterSeconds: 60 }],
    });
    await run({
      createIndexes: 'y',
      indexes: [{ key: { at: -1 }, name: 'at_-1', expireAfterSeconds: 0 }],
    });
    const now = Date.now();
    const old = Array.from({ length: 450 }, (_, n) => ({ n, at: new Date(now - 61_000 - n) }));
    const kept = [
      { at: new Date(now - 59_000) },
      { at: 'text' },
      { at: 5 },
      {},
      { at: [new Date(now), new Date(now + 5)] },
    ];
    await run({ insert: 'x', documents: [...old, ...kept, { at: [new Date(now), new Date(0)] }] });
    await run({
      insert: 'y',
      documents: [{ at: new Date(now - 1) }, { at: new Date(now + 60_000) }, { at: null }],
    });
    let turns = 1;
    while (removeExpired(store, now) > 0) turns++;
    expect(turns).toBeGreaterThan(2);
    expect(await run({ count: 'x' })).toMatchObject({ n: kept.length });
    expect(await run({ count: 'y' })).toMatchObject({ n: 2 });
  });

  it('ends cursors after ten idle minutes', async () => {
    await run({ insert: 'x', documents: [{}, {}, {}] });
    const { cursor } = await run({ find: 'x', batchSize: 1 });
    // The shape is MongoDB's own.
    const { id } = cursor as { id: unknown };
    executor.cursors.expire(Date.now() + 9 * 60_000);
    expect(await run({ getMore: id, collection: 'x', batchSize: 1 })).toMatchObject({ ok: 1 });
    expect(await run({ getMore: id, collection: 'y' })).toMatchObject({ code: 13 });
    executor.cursors.expire(Date.now() + 11 * 60_000);
    expect(await run({ getMore: id, collection: 'x' })).toMatchObject({ code: 43 });
  });

  it('does not let sorted answers that nobody reads fill the memory', async () => {
    for (let n = 0; n < 30; n++)
      await run({ insert: 'x', documents: [{ n, text: 'x'.repeat(1_000_000) }] });
    const sorted = { find: 'x', sort: { n: 1 }, batchSize: 1 };
    const ids: unknown[] = [];
    let reply = await run(sorted);
    for (; reply['ok'] === 1 && ids.length < 20; reply = await run(sorted))
      // The shape is MongoDB's own.
      ids.push((reply['cursor'] as { id: unknown }).id);
    expect(reply).toMatchObject({ code: 292 });
    expect(await run({ ...sorted, filter: { n: 1 }, sort: { _id: 1 } })).toMatchObject({ ok: 1 });
    await run({ killCursors: 'x', cursors: ids.slice(1) });
    expect(await run(sorted)).toMatchObject({ ok: 1 });
    executor.cursors.expire(Date.now() + 11 * 60_000);
    for (let i = 0; i < 20; i++)
      expect(await run({ ...sorted, singleBatch: true })).toMatchObject({ ok: 1 });
  });

  it('answers with no more than fits the size of a message that it announces', () => {
    function* endless(): Iterable<Doc> {
      for (;;) yield new Map();
    }
    const cursor = executor.cursors.first('x', endless(), { size: Infinity });
    expect(encode({ cursor, ok: 1 }).length).toBeLessThan(MAX_MESSAGE_BYTES);
  });

  it('removes what has expired, whatever limit of time the last command had', async () => {
    const indexes = [{ key: { at: 1 }, name: 'at_1', expireAfterSeconds: 0 }];
    await run({ createIndexes: 'x', indexes });
    await run({ insert: 'x', documents: [{ at: new Date(0) }] });
    await run({ ping: 1, maxTimeMS: 1 });
    const now = Date.now();
    while (Date.now() < now + 5);
    removeExpired(store);
    expect(await run({ count: 'x' })).toMatchObject({ n: 0 });
  });

  it('breaks off what takes longer than its limit of time, and nothing else', async () => {
    const documents = Array.from({ length: 20_000 }, (_, n) => ({ n }));
    await run({ insert: 'x', documents });
    const slow = { filter: { m: { $regex: 'x' } }, maxTimeMS: 1 };
    expect(await run({ find: 'x', ...slow })).toMatchObject({ code: 50 });
    expect(await run({ find: 'x', filter: slow.filter })).toMatchObject({ ok: 1 });
    expect(await run({ find: 'x', maxTimeMS: 60_000 })).toMatchObject({ ok: 1 });
    expect(await run({ find: 'x', maxTimeMS: 0 })).toMatchObject({ ok: 1 });
    expect(await run({ find: 'x', maxTimeMS: -1 })).toMatchObject({ code: 2 });
    expect(await run({ find: 'x', maxTimeMS: 'soon' })).toMatchObject({ code: 14 });
  });

  it('refuses to sort or group more than the memory holds', async () => {
    for (let i = 0; i < 7; i++) {
      const documents = Array.from({ length: 10 }, (_, n) => ({
        text: `${i}-${n}`.padEnd(1_000_000, 'x'),
      }));
      await run({ insert: 'x', documents });
    }
    expect(await run({ find: 'x', sort: { text: 1 }, batchSize: 1 })).toMatchObject({ code: 292 });
    expect(await run({ find: 'x', batchSize: 1 })).toMatchObject({ ok: 1 });
    expect(await run({ find: 'x', sort: { _id: -1 }, batchSize: 1 })).toMatchObject({ ok: 1 });
    const summed = [{ $group: { _id: null, n: { $sum: 1 } } }];
    expect(await run({ aggregate: 'x', pipeline: summed, cursor: {} })).toMatchObject({ ok: 1 });
    const large = [[{ $group: { _id: '$text' } }], [{ $limit: 100 }, { $sort: { text: 1 } }]];
    for (const pipeline of large)
      expect(await run({ aggregate: 'x', pipeline, cursor: {} })).toMatchObject({ code: 292 });
  });
});
