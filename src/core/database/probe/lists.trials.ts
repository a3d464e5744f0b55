import { named, type Trial } from './trial.js';

/** What is done with lists inside a document, such as the identities of an account. */
export const LISTS: readonly Trial[] = [
  {
    demand: 'documents without a field that is unique where it is there',
    run: async (collection) => {
      const names = ['without-1', 'without-2'];
      await collection.insertMany(names.map((name) => ({ _id: name, key: name })));
      return (await collection.countDocuments({ _id: { $in: names } })) === names.length;
    },
  },
  {
    demand: 'the removal of a document with an empty list',
    run: async (collection) => {
      await collection.insertOne(named('emptied', { items: [] }));
      return (await collection.deleteOne({ _id: 'emptied' })).deletedCount === 1;
    },
  },
  {
    demand: '$elemMatch',
    run: async (collection) => {
      const items = [
        { key: 'match-a', kind: 'one' },
        { key: 'match-b', kind: 'two' },
      ];
      await collection.insertOne(named('match', { items }));
      const found = (key: string, kind: string) =>
        collection.countDocuments({ items: { $elemMatch: { key, kind } } });
      return (await found('match-a', 'one')) === 1 && (await found('match-a', 'two')) === 0;
    },
  },
  {
    demand: '$pull by one field',
    run: async (collection) => {
      const items = [
        { key: 'pull-a', kind: 'one' },
        { key: 'pull-b', kind: 'two' },
      ];
      await collection.insertOne(named('pull', { items }));
      await collection.updateOne({ _id: 'pull' }, { $pull: { items: { key: 'pull-a' } } });
      const left = await collection.findOne({ _id: 'pull' });
      return left?.items?.length === 1 && left.items[0]?.key === 'pull-b';
    },
  },
  {
    demand: '$push that keeps the last ones beside $min, and $size with $all',
    run: async (collection) => {
      const items = ['a', 'b', 'c'].map((name) => ({ key: `keep-${name}`, kind: 'one' }));
      await collection.insertOne(named('keep', { items: [], count: 5 }));
      await collection.findOneAndUpdate(
        { _id: 'keep' },
        { $push: { items: { $each: items, $slice: -2 } }, $min: { count: 3 } },
      );
      const kept = items.slice(-2).map(({ key }) => key);
      const filter = { count: 3, items: { $size: 2 }, 'items.key': { $all: kept } };
      return (await collection.countDocuments({ _id: 'keep', ...filter })) === 1;
    },
  },
  {
    demand: 'filters through a list, alike in find, update, findAndModify and delete',
    run: async (collection) => {
      await collection.insertOne(named('path', { items: [{ key: 'path', kind: 'one' }] }));
      const filter = { 'items.key': 'path' };
      const found = await collection.findOne(filter);
      const updated = await collection.updateOne(filter, { $inc: { count: 1 } });
      const modified = await collection.findOneAndUpdate(filter, { $inc: { count: 1 } });
      const deleted = await collection.deleteOne(filter);
      const matched = [updated.matchedCount, modified === null ? 0 : 1, deleted.deletedCount];
      return found !== null && matched.every((count) => count === 1);
    },
  },
];
