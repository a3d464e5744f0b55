import { Logger } from '@nestjs/common';
import mongoose from 'mongoose';
import { settingsOf } from '../../../test/support/config.js';
import { freshDatabase } from '../../../test/support/database-address.js';
import { type Kind, otherServer } from '../../../test/support/other-server.js';
import { collidingUpserts, refusal } from '../../../test/support/server-kinds.js';
import { until } from '../../../test/support/wait-until.js';
import { MINUTE } from '../clock.js';
import { DatabaseSettings } from './database.settings.js';
import { Database } from './database.js';

const opened: (() => unknown)[] = [];
let lines: string[];
let shift: number;
beforeEach(() => {
  lines = [];
  shift = 0;
  const note = (line: unknown) => lines.push(String(line));
  Logger.overrideLogger({ log: note, error: note, warn: note });
});
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
  Logger.overrideLogger(false);
});

async function startOn(...kinds: Kind[]): Promise<Database> {
  const uri = freshDatabase();
  const server = await otherServer(uri, ...kinds);
  const settings = settingsOf(DatabaseSettings, { MONGODB_URI: server.uri });
  const clock = { now: () => new Date(Date.now() + shift) };
  const connection = mongoose.createConnection();
  const database = new Database(settings, connection, clock);
  const direct = await mongoose.createConnection(uri).asPromise();
  opened.push(
    () => direct.close(),
    () => direct.dropDatabase(),
    () => server.close(),
    () => database.onApplicationShutdown(),
  );
  await database.onApplicationBootstrap();
  return database;
}

it('FA-01 two troubles by turns are told once a minute each', async () => {
  let tries = 0;
  await startOn({
    answer: (command) => {
      if (command['find'] !== 'latchkey') return undefined;
      // A try begins when the one before has been told, or not.
      if (++tries === 4) shift = MINUTE;
      return tries % 2 === 1 ? refusal(13, 'Unauthorized') : refusal(2, 'BadValue');
    },
  });
  await until(() => lines.length > 2);
  const told = [
    expect.stringContaining('the role readWrite'),
    expect.stringContaining('code 2, codeName BadValue, collection latchkey, operation findOne'),
  ];
  expect(lines).toEqual([...told, told[1]]);
});

const untold: Kind = {
  answer: (command) => ('buildInfo' in command ? refusal(59, 'CommandNotFound') : undefined),
};

it.each<[string, Kind[]]>([
  ['what it learned of the server', []],
  // Nothing is remembered of such a server.
  ['the version of what is stored', [untold]],
])('a start that meets others while it notes %s has not failed', async (_, kinds) => {
  const database = await startOn(collidingUpserts(11000, 112, 50), ...kinds);
  expect(database.ready).toBe(true);
  expect(lines).toEqual(['The database is ready']);
});

it.each([11000, 112, 50])('a note that can never be stored is told by code %d', async (code) => {
  const database = await startOn(collidingUpserts(...Array<number>(10).fill(code)));
  expect(database.ready).toBe(false);
  expect(lines).toEqual([
    `10 writes of one key of latchkey failed, code ${code}`,
    expect.stringContaining('not usable yet'),
  ]);
  // The next try finds nobody in its way.
  await until(() => database.ready);
});
