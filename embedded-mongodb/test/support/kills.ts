import { rmSync } from 'node:fs';
import { type Collection, MongoClient } from 'mongodb';
import { type Child, startChild } from './child.js';
import { temporaryFolder } from './server-under-test.js';

/** What a run of kills showed. */
export interface Outcome {
  readonly kills: number;
  /** Writes that the server said were done. */
  readonly acknowledged: number;
  /** Acknowledged writes that were not there after a restart. */
  readonly lost: string[];
  /** Acknowledged deletes whose document was there again, and half-done pairs. */
  readonly wrong: string[];
}

const WRITERS = 12;

/**
 * Kills the server at random moments while a dozen writers insert, delete and move money, and looks
 * after each restart whether everything that was acknowledged is there, and nothing else is.
 */
export async function killAgainAndAgain(kills: number): Promise<Outcome> {
  const folder = temporaryFolder();
  const state: State = {
    present: new Set(),
    gone: new Set(),
    unsure: new Set(),
    lost: [],
    wrong: [],
    acknowledged: 0,
  };
  let server = await startChild(folder);
  for (let round = 0; round < kills; round++) {
    await writeUntilKilled(server, state, round);
    server = await startChild(folder);
    await check(server, state);
  }
  await server.end();
  rmSync(folder, { recursive: true });
  return { kills, acknowledged: state.acknowledged, lost: state.lost, wrong: state.wrong };
}

interface State {
  readonly present: Set<string>;
  readonly gone: Set<string>;
  /** Asked for, but the answer never came: either is right. */
  readonly unsure: Set<string>;
  readonly lost: string[];
  readonly wrong: string[];
  acknowledged: number;
}

interface Entry {
  readonly _id: string;
  readonly parts: number[];
}

async function writeUntilKilled(server: Child, state: State, round: number): Promise<void> {
  const client = new MongoClient(server.uri, { retryWrites: false });
  await client.connect();
  const entries = client.db().collection<Entry>('entries');
  if (round === 0) await entries.createIndex({ parts: 1 });
  const end = { killed: false };
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let n = 0; !end.killed; n++)
      await write(entries, `${round}-${writer}-${n}`, state).catch(() => {});
  });
  await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 150));
  await server.end('SIGKILL');
  end.killed = true;
  // Those that look for the server again stop with the client.
  await client.close();
  await Promise.all(writers);
}

async function write(collection: Collection<Entry>, id: string, state: State): Promise<void> {
  state.unsure.add(id);
  await collection.insertOne({ _id: id, parts: [1, 2, 3] });
  state.unsure.delete(id);
  state.present.add(id);
  state.acknowledged++;
  if (!/[1-3]$/.test(id)) return;
  state.present.delete(id);
  state.unsure.add(id);
  await collection.deleteOne({ _id: id });
  state.unsure.delete(id);
  state.gone.add(id);
  state.acknowledged++;
}

async function check(server: Child, state: State): Promise<void> {
  const client = new MongoClient(server.uri);
  const entries = client.db().collection<Entry>('entries');
  const stored = new Set((await entries.find().toArray()).map(({ _id }) => _id));
  // The index has an entry for each part of each document, or the two are out of step.
  const indexed = new Set((await entries.find({ parts: 2 }).toArray()).map(({ _id }) => _id));
  await client.close();
  for (const id of state.present) if (!stored.has(id)) state.lost.push(id);
  for (const id of state.gone) if (stored.has(id)) state.wrong.push(id);
  for (const id of stored)
    if (!state.present.has(id) && !state.unsure.has(id)) state.wrong.push(id);
  if (stored.size !== indexed.size) state.wrong.push(`index ${indexed.size} of ${stored.size}`);
}
