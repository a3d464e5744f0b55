import mongoose from 'mongoose';
import type { ProbeCollection } from './probe-collection.js';
import { named, type Trial } from './trial.js';

/** Enough to see a server lose a write that checks and writes in two steps; each was seen in one round or two. */
const AT_ONCE = 16;
const ROUNDS = 3;

/** A write that met another one and was not carried out: it may be sent again (112 is a conflict, 50 a time limit). */
const COLLISIONS: readonly unknown[] = [112, 50];

const ONE_MORE = { $inc: { count: 1 } };

type Result = 'won' | 'lost' | 'collided';

/** Many that do the same at once: what the limits, the revisions and the one-time records stand on. */
export const RACES: readonly Trial[] = [
  {
    demand: 'a change filtered on a revision, which one of many wins',
    run: (collection) =>
      inRounds(async (round) => {
        const _id = `set-${round}`;
        await collection.insertOne(named(_id, { count: 0 }));
        return hasOneWinner(
          await atOnce(() => collection.findOneAndUpdate({ _id, count: 0 }, ONE_MORE)),
        );
      }),
  },
  {
    demand: 'a findOneAndDelete, which one of many wins',
    run: (collection) =>
      inRounds(async (round) => {
        const _id = `take-${round}`;
        await collection.insertOne(named(_id));
        return hasOneWinner(await atOnce(() => collection.findOneAndDelete({ _id })));
      }),
  },
  {
    demand: '$inc by an update, of which none is lost',
    run: (collection) =>
      inRounds((round) =>
        keepsCount(collection, `update-inc-${round}`, async (_id) => {
          const { modifiedCount } = await collection.updateOne({ _id }, ONE_MORE);
          return modifiedCount === 1 ? {} : null;
        }),
      ),
  },
  {
    demand: '$inc by findAndModify, of which none is lost',
    run: (collection) =>
      inRounds((round) =>
        keepsCount(collection, `modify-inc-${round}`, (_id) =>
          collection.findOneAndUpdate({ _id }, ONE_MORE),
        ),
      ),
  },
];

async function keepsCount(
  collection: ProbeCollection,
  _id: string,
  add: (_id: string) => Promise<object | null>,
): Promise<boolean> {
  await collection.insertOne(named(_id, { count: 0 }));
  const results = await atOnce(() => add(_id));
  const counted = results.filter((result) => result === 'won').length;
  return (await collection.findOne({ _id }))?.count === counted;
}

async function inRounds(trial: (round: number) => Promise<boolean>): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round++) {
    if (!(await trial(round))) return false;
  }
  return true;
}

function atOnce(work: () => Promise<object | null>): Promise<Result[]> {
  return Promise.all(Array.from({ length: AT_ONCE }, () => resultOf(work)));
}

async function resultOf(work: () => Promise<object | null>): Promise<Result> {
  try {
    return (await work()) === null ? 'lost' : 'won';
  } catch (error) {
    const known = error instanceof mongoose.mongo.MongoServerError;
    if (known && COLLISIONS.includes(error.code)) return 'collided';
    throw error;
  }
}

function hasOneWinner(results: readonly Result[]): boolean {
  const winners = results.filter((result) => result === 'won').length;
  // Where each met another, nobody need have won: it would be tried again.
  return winners === 1 || (winners === 0 && results.includes('collided'));
}
