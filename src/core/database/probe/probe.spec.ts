import { startEmbeddedMongo } from '@latchkey/embedded-mongodb';
import { Logger } from '@nestjs/common';
import mongoose, { type Connection } from 'mongoose';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freshDatabase } from '../../../../test/support/database-address.js';
import { type Kind, otherServer } from '../../../../test/support/other-server.js';
import {
  calling,
  documentDb,
  ignoringPartialIndexes,
  javaServer,
  losingIncrements,
  losingRaces,
  losingUpdates,
  namesNothing,
  numericTime,
  pullingNothing,
  refusal,
  refusingCollections,
  repeatingWrites,
  slowIndex,
  withoutHello,
  withoutTtl,
} from '../../../../test/support/server-kinds.js';
import { UnusableDatabase } from '../failures.js';
import { demandFitServer } from './fitness.js';
import { probe } from './probe.js';

const opened: { close(): unknown }[] = [];
let direct: Connection;
let uri: string;

beforeEach(async () => {
  uri = freshDatabase();
  direct = await open(uri);
});
afterEach(async () => {
  await direct.dropDatabase();
  for (const each of opened.splice(0).toReversed()) await each.close();
});

async function open(address: string): Promise<Connection> {
  const connection = await mongoose.createConnection(address).asPromise();
  opened.push(connection);
  return connection;
}

async function playing(...kinds: Kind[]): Promise<Connection> {
  const server = await otherServer(uri, ...kinds);
  opened.push(server);
  return open(server.uri);
}

/** Notes each collection that a probe makes. */
function noting(): { made: string[]; kind: Kind } {
  const made: string[] = [];
  return {
    made,
    kind: {
      answer: (command) => {
        const name = JSON.stringify(command['createIndexes'] ?? '');
        if (name.startsWith('"probe-') && !made.includes(name)) made.push(name);
        return undefined;
      },
    },
  };
}

const logger = new Logger('Probe');
const passed = { failures: [], takesRetries: true };

async function collections(): Promise<string[]> {
  return (await direct.listCollections()).map(({ name }) => name);
}

it('the server of the tests passes, and nothing is left of the probe', async () => {
  expect(await probe(direct, logger)).toEqual(passed);
  expect(await collections()).toEqual([]);
});

it.each<[string, Kind]>([
  ['DocumentDB', documentDb],
  ['mongo-java-server', javaServer],
  ['a server that names nothing', namesNothing],
  ['a numeric time', numericTime],
  ['a server without hello', withoutHello],
  ['a slow index', slowIndex('held_1', 2500)],
])('duplicates that are told as by %s are recognised', async (_, kind) => {
  expect(await probe(await playing(kind), logger)).toEqual(passed);
});

it.each<[string, Kind, string[]]>([
  ['lacks TTL indexes', withoutTtl, ['TTL indexes (MongoServerError, code 238']],
  [
    'ignores partial indexes',
    ignoringPartialIndexes(),
    [
      'refusing a duplicate by an insert',
      'refusing a duplicate by an update',
      'refusing a duplicate by findAndModify',
      'refusing a duplicate by $push',
    ],
  ],
  ['takes nothing out of lists', pullingNothing, ['$pull by one field']],
  ['lets everybody win', losingRaces, ['a change filtered on a revision, which one of many wins']],
  [
    'loses what findAndModify adds',
    losingIncrements(),
    ['$inc by findAndModify, of which none is lost'],
  ],
  ['loses what updates add', losingUpdates(), ['$inc by an update, of which none is lost']],
])('a server that %s fails at that', async (_, kind, failures) => {
  const result = await probe(await playing(kind), logger);
  expect(result?.failures).toEqual(failures.map((each) => expect.stringContaining(each)));
  expect(await collections()).toEqual([]);
});

it('a server that carries out a numbered write twice is used without such writes', async () => {
  const connection = await playing(repeatingWrites);
  expect(await probe(connection, logger)).toEqual({ failures: [], takesRetries: false });
  expect(await demandFitServer(connection, logger)).toBe('repeats-writes');
  // What was learned is remembered.
  expect(await demandFitServer(connection, logger)).toBe('repeats-writes');
});

it('an address that turns such writes off already has nothing to change', async () => {
  const server = await otherServer(uri, repeatingWrites);
  opened.push(server);
  const connection = await open(`${server.uri}&retryWrites=false`);
  expect(await demandFitServer(connection, logger)).toBe('fit');
});

it('a server is tried once, and again in another version', async () => {
  const { made, kind } = noting();
  for (const version of ['5.0.0', '5.0.0', '5.0.1']) {
    const connection = await playing(kind, calling({ version }));
    expect(await demandFitServer(connection, logger)).toBe('fit');
  }
  expect(made).toHaveLength(2);
});

it('the embedded server is known and not tried', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'latchkey-known-'));
  const embedded = await startEmbeddedMongo({ dataDir });
  opened.push({ close: () => rmSync(dataDir, { recursive: true }) }, embedded);
  const connection = await open(embedded.uri('known'));
  expect(await demandFitServer(connection, logger)).toBe('fit');
  expect(await connection.listCollections()).toEqual([]);
});

it('a server that fails is refused by its name, with every reason', async () => {
  const name = calling({ ferretdb: { version: 'v1.24.2' } });
  const connection = await playing(name, withoutTtl, pullingNothing);
  const refused = demandFitServer(connection, logger);
  await expect(refused).rejects.toThrow(UnusableDatabase);
  await expect(refused).rejects.toThrow(
    /^FerretDB v1\.24\.2 is not MongoDB enough\. It fails at: TTL indexes \(.*238.*\); \$pull by one field\. Use MongoDB/,
  );
  expect(await collections()).toEqual([]);
});

it('who may make no collection is told, and not refused', async () => {
  expect(await demandFitServer(await playing(refusingCollections), logger)).toBe('untried');
});

/** Refuses these commands on a probe's collection. */
function unauthorized(...names: string[]): Kind {
  return {
    answer: (command) =>
      names.some((name) => String(command[name]).startsWith('probe-'))
        ? refusal(13, 'Unauthorized')
        : undefined,
  };
}

it.each<[string, string[], string[]]>([
  ['neither make nor drop', ['createIndexes', 'drop'], []],
  ['make, but not drop', ['drop'], [expect.stringMatching(/probe-.* is left behind: .*code 13/)]],
])('who may %s collections is told of what is there', async (_, names, told) => {
  const lines: string[] = [];
  const note = (line: string) => lines.push(line);
  await probe(await playing(unauthorized(...names)), { log: note, warn: note });
  expect(lines).toEqual(told);
});

it('who may not list collections can be served', async () => {
  const unlisted: Kind = {
    answer: (command) => ('listCollections' in command ? refusal(13, 'Unauthorized') : undefined),
  };
  expect(await demandFitServer(await playing(unlisted), logger)).toBe('fit');
});

it('an answer of a trial may take longer than the connection waits for others', async () => {
  const slowed = new Set<string>();
  const slowOnce: Kind = {
    change: async (_answer, command) => {
      const [[name, collection] = ['']] = Object.entries(command);
      if (!String(collection).startsWith('probe-') || slowed.has(name)) return undefined;
      slowed.add(name);
      await delay(700);
      return undefined;
    },
  };
  const server = await otherServer(uri, slowOnce);
  opened.push(server);
  const hasty = server.uri.replace(/socketTimeoutMS=\d+/, 'socketTimeoutMS=500');
  const connection = await open(hasty);
  expect(connection.getClient().options.socketTimeoutMS).toBe(500);
  expect(await probe(connection, logger)).toEqual(passed);
  expect([...slowed].toSorted()).toEqual([
    'aggregate',
    'createIndexes',
    'delete',
    'drop',
    'find',
    'findAndModify',
    'insert',
    'update',
  ]);
});

it('the collection is dropped after the last trial, though one of them met an outage', async () => {
  const sent: string[] = [];
  const away: Kind = {
    answer: (command) => {
      const [[name, collection] = ['']] = Object.entries(command);
      if (String(collection).startsWith('probe-')) sent.push(name);
      return name === 'delete' ? refusal(91, 'ShutdownInProgress') : undefined;
    },
    // Others of the trials have still much to do when the first one fails, and while this drops.
    change: async (_answer, command) => {
      if ('findAndModify' in command) await delay(20);
      if ('drop' in command) await delay(500);
      return undefined;
    },
  };
  await expect(probe(await playing(away), logger)).rejects.toMatchObject({ code: 91 });
  expect(sent.at(-1)).toBe('drop');
  expect(await collections()).toEqual([]);
});

it('an outage is no failure of the server', async () => {
  const away = {
    answer: (command: object) =>
      'delete' in command ? refusal(91, 'ShutdownInProgress') : undefined,
  };
  await expect(demandFitServer(await playing(away), logger)).rejects.toMatchObject({ code: 91 });
});

it('what a killed process left behind is removed, and not what another one is at work with', async () => {
  const old = `probe-${Date.now() - 2 * 3_600_000}-aaaa`;
  const young = `probe-${Date.now()}-bbbb`;
  for (const name of [old, young, 'probe-of-somebody']) await direct.createCollection(name);
  await demandFitServer(await playing({}), logger);
  expect((await collections()).toSorted()).toEqual(
    ['latchkey', young, 'probe-of-somebody'].toSorted(),
  );
});
