import { duplicateField } from '../duplicate-key.js';
import type { ProbeCollection } from './probe-collection.js';
import { INDEXES, named, type Trial } from './trial.js';

type Field = 'key' | 'held' | 'items.key';

/** A document that is written, and what it takes of another one. */
interface Taking {
  readonly collection: ProbeCollection;
  readonly id: string;
  readonly field: Field;
  readonly value: string;
}

/** Each way in which the application may take what somebody else has is refused, and told as such. */
export const DUPLICATES: readonly Trial[] = [
  {
    demand: 'refusing a duplicate by an insert',
    run: async (collection) => {
      const holder = named('insert');
      const { key, held, items } = holder;
      await collection.insertOne(holder);
      const other = named('insert-other');
      const refused = [
        await isRefused(taking(collection, other._id, 'key', 'insert'), () =>
          collection.insertOne({ ...other, key }),
        ),
        await isRefused(taking(collection, other._id, 'held', 'insert'), () =>
          collection.insertOne({ ...other, held }),
        ),
        await isRefused(taking(collection, other._id, 'items.key', 'insert'), () =>
          collection.insertOne({ ...other, items }),
        ),
      ];
      return !refused.includes(false);
    },
  },
  {
    demand: 'refusing a duplicate by an update',
    run: async (collection) => {
      await collection.insertMany([named('update'), named('update-other')]);
      return isRefused(taking(collection, 'update-other', 'held', 'update'), () =>
        collection.updateOne({ _id: 'update-other' }, { $set: { held: 'update' } }),
      );
    },
  },
  {
    demand: 'refusing a duplicate by findAndModify',
    run: async (collection) => {
      await collection.insertMany([named('modify'), named('modify-other')]);
      return isRefused(taking(collection, 'modify-other', 'held', 'modify'), () =>
        collection.findOneAndUpdate({ _id: 'modify-other' }, { $set: { held: 'modify' } }),
      );
    },
  },
  {
    demand: 'refusing a duplicate by an upsert',
    run: async (collection) => {
      await collection.insertOne(named('upsert'));
      const { _id, ...rest } = named('upsert-other');
      return isRefused(taking(collection, _id, 'key', 'upsert'), () =>
        collection.updateOne({ _id }, { $set: { ...rest, key: 'upsert' } }, { upsert: true }),
      );
    },
  },
  {
    demand: 'refusing a duplicate by $push',
    run: async (collection) => {
      await collection.insertMany([named('push'), named('push-other', { items: [] })]);
      return isRefused(taking(collection, 'push-other', 'items.key', 'push'), () =>
        collection.updateOne(
          { _id: 'push-other' },
          { $push: { items: { key: 'push', kind: 'plain' } } },
        ),
      );
    },
  },
];

function taking(collection: ProbeCollection, id: string, field: Field, value: string): Taking {
  return { collection, id, field, value };
}

/** @throws the error of a write that is refused for something else, or in a way that nobody recognises */
async function isRefused(
  { collection, id, field, value }: Taking,
  write: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await write();
    return false;
  } catch (error) {
    const indexes = INDEXES.map(({ index }) => index);
    const found = await duplicateField(error, indexes, async (unique) =>
      unique === field ? collection.findOne({ _id: { $ne: id }, [unique]: value }) : null,
    );
    if (found === field) return true;
    throw error;
  }
}
