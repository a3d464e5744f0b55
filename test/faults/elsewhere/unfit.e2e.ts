import { startEmbeddedMongo, type EmbeddedMongo } from '@latchkey/embedded-mongodb';
import mongoose from 'mongoose';
import { join } from 'node:path';
import { type Kind, otherServer, type OtherServer } from '../../support/other-server.js';
import { databaseProxy } from '../../support/database-proxy.js';
import { useProcesses } from '../../support/process.js';
import {
  ignoringPartialIndexes,
  oldWire,
  playedByTurns,
  refusal,
  refusingCollections,
  repeatingWrites,
  slowIndex,
  withoutTtl,
} from '../../support/server-kinds.js';
import { until } from '../../support/wait-until.js';

const processes = useProcesses();
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

async function embedded(): Promise<EmbeddedMongo> {
  const mongo = await startEmbeddedMongo({ dataDir: join(processes.folder, 'database') });
  opened.push(mongo);
  return mongo;
}

async function playing(...kinds: Kind[]): Promise<OtherServer> {
  const server = await otherServer((await embedded()).uri('latchkey'), ...kinds);
  opened.push(server);
  return server;
}

const start = (MONGODB_URI: string) => processes.start({ MONGODB_URI, BCRYPT_COST: '4' });

/** The lines that speak of the database: those of the log, and the last words of a process. */
function linesOf(output: string): string[] {
  return output.split('\n').filter((line) => /context=Database|^[A-Z]/.test(line));
}

describe('what can not heal', () => {
  const withoutMechanism: Kind = {
    answer: (command) =>
      'saslStart' in command ? refusal(334, 'MechanismUnavailable') : undefined,
    change: ({ speculativeAuthenticate, ...answer }) =>
      speculativeAuthenticate === undefined ? undefined : answer,
  };

  const UNUSABLE = "This server can't be used";

  it.each<[string, Kind, string, string, string]>([
    ['speaks too old a protocol', oldWire, '', UNUSABLE, 'wire version'],
    ['has no TTL indexes', withoutTtl, '', 'is not MongoDB enough', 'TTL indexes'],
    [
      'ignores partial indexes',
      ignoringPartialIndexes(),
      '',
      'is not MongoDB enough',
      'refusing a duplicate by an insert',
    ],
    ['lacks the mechanism', withoutMechanism, 'user:password@', UNUSABLE, 'code 334'],
  ])(
    'FA-01 a server that %s gets one sentence, and the process ends with its own code',
    async (_, kind, user, verdict, why) => {
      const { uri } = await playing(kind);
      const app = await start(uri.replace('mongodb://', `mongodb://${user}`));
      expect(await app.exit()).toBe(69);
      const lines = linesOf(app.output);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(verdict);
      expect(lines[0]).toContain(why);
      expect(lines[0]).toContain('MONGODB_URI');
      expect(app.output).not.toContain('    at ');
    },
  );

  it('FA-01 ends the process as well when it turns out after an outage', async () => {
    const turns = playedByTurns();
    const { uri } = await playing(turns);
    turns.play({ answer: () => refusal(11600, 'InterruptedAtShutdown') });
    const app = await start(uri);
    await app.answers('/health/live', 200);
    turns.play(withoutTtl);
    expect(await app.exit()).toBe(69);
    expect(app.output).toContain('code 238');
  });

  it.each([
    ['mongodb+srv://user:<db_password>@cluster0.example.net/', 'placeholder <db_password>'],
    ['mongodb://user:hunter2@:x/', "can't be read"],
  ])('FA-01 %s stops the start with a sentence', async (uri, sentence) => {
    const app = await start(uri);
    expect(await app.exit()).toBe(1);
    expect(app.output).toContain(sentence);
    expect(app.output).not.toContain('hunter2');
  });
});

describe('what is used all the same', () => {
  it('a server that repeats writes is told once and at every start, and works', async () => {
    const { uri } = await playing(repeatingWrites);
    for (const name of ['first', 'second']) {
      const app = await start(uri);
      await app.answers('/health/ready', 200);
      expect((await app.visitor().register(name)).status).toBe(303);
      expect(linesOf(app.output)).toEqual([
        expect.stringContaining('The database is ready'),
        expect.stringContaining('retryWrites=false'),
      ]);
      await app.stop();
    }
  });

  it('whoever may make no collection beside those of before is told, and served', async () => {
    const { uri } = await playing(refusingCollections);
    const app = await start(uri);
    await app.answers('/health/ready', 200);
    expect(linesOf(app.output)).toEqual([
      expect.stringContaining('The database is ready'),
      expect.stringContaining('could not be tried'),
    ]);
  });
});

describe('what can heal', () => {
  it('FA-01 trouble that stays is told once, and tried again with growing pauses', async () => {
    const tries: number[] = [];
    const { uri } = await playing({
      answer: (command) => {
        if (!('createIndexes' in command)) return undefined;
        if (command['createIndexes'] === 'throttle') tries.push(Date.now());
        return refusal(13, 'Unauthorized', 'not authorized on latchkey');
      },
    });
    const app = await start(uri);
    await until(() => tries.length === 4);
    const pauses = tries.slice(1).map((time, index) => time - (tries[index] ?? 0));
    for (const [index, seconds] of [1, 2, 4].entries()) {
      expect(pauses[index]).toBeGreaterThan(seconds * 1000 - 100);
    }
    const lines = linesOf(app.output);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('readWrite');
    // The next pause would be eight seconds.
    expect((await app.stop()).took).toBeLessThan(6000);
  });

  it('FA-01 an index that takes long is waited for, and named', async () => {
    const { uri } = await playing(slowIndex('usernameCanonical_1', 6000));
    const app = await start(uri);
    await app.answers('/health/live', 200);
    await app.answers('/health/ready', 503);
    await app.answers('/health/ready', 200);
    await app.says('The database is ready');
    const lines = linesOf(app.output);
    expect(lines).toEqual([
      expect.stringContaining('Building index usernameCanonical_1 of the collection users'),
      expect.stringContaining('The database is ready'),
    ]);
  });

  it('FA-01 a collection "users" of somebody else is told by what it is, and its name changes nothing else', async () => {
    const uri = (await embedded()).uri('latchkey');
    const db = await mongoose.createConnection(uri).asPromise();
    opened.push(db);
    await db.collection('users').insertMany([{ login: 'marked-a' }, { login: 'marked-b' }]);
    const app = await start(uri);
    await app.answers('/health/ready', 503);
    await app.says('it belongs to another application');
    expect(linesOf(app.output)).toHaveLength(1);
    expect(app.output).not.toMatch(/E11000|marked/);
    expect(await db.collection('users').countDocuments()).toBe(2);
  });

  it('an address without a database gets one, and a line', async () => {
    const mongo = await embedded();
    const app = await start(mongo.uri('x').replace(/\/x$/, ''));
    await app.answers('/health/ready', 200);
    await app.says('MONGODB_URI names no database: "latchkey" is used');
    const db = await mongoose.createConnection(mongo.uri('latchkey')).asPromise();
    opened.push(db);
    await app.visitor().register('somebody');
    expect(await db.collection('users').countDocuments()).toBe(1);
  });

  it('FA-02 a link of 200 ms each way is slow and good enough', async () => {
    const mongo = await embedded();
    const wire = await databaseProxy(decodeURIComponent(new URL(mongo.uri('x')).host));
    opened.push(wire);
    wire.slow(200);
    const app = await start(wire.uri);
    await app.answers('/health/ready', 200);
    expect((await app.visitor().register('far-away')).status).toBe(303);
    expect(app.output).not.toContain('not usable');
  });
});
