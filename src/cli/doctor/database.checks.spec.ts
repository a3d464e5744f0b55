import mongoose, { type Connection } from 'mongoose';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsOf } from '../../../test/support/config.js';
import { HOUR, MINUTE } from '../../core/clock.js';
import { DatabaseSettings } from '../../core/database/database.settings.js';
import {
  type Kind,
  type Message,
  otherServer,
  type OtherServer,
} from '../../../test/support/other-server.js';
import {
  numericTime,
  pullingNothing,
  refusal,
  refusingCollections,
  repeatingWrites,
  withoutHello,
  withoutTtl,
} from '../../../test/support/server-kinds.js';
import { freshDatabase } from '../../../test/support/database-address.js';

import { NOBODY } from '../../core/mail/mail.schema.js';
import { checkDatabase, compareClocks, expectedIndexes } from './database.checks.js';
import type { Finding } from './finding.js';

let uri: string;
let connection: Connection;
beforeEach(async () => {
  uri = freshDatabase();
  connection = await mongoose.createConnection(uri).asPromise();
});
afterEach(async () => {
  await connection.dropDatabase();
  await connection.close();
});

function withoutTime({ localTime, ...answer }: Message): Message | undefined {
  return localTime === undefined ? undefined : answer;
}

function check(MONGODB_URI: string, DATA_DIR = '.data'): Promise<Finding[]> {
  return checkDatabase(settingsOf(DatabaseSettings, { MONGODB_URI, DATA_DIR }));
}

async function makeIndexes(): Promise<void> {
  for (const { collection, key, options } of expectedIndexes()) {
    await connection.collection(collection).createIndex(key as Record<string, 1 | -1>, {
      ...(options as object),
    });
  }
}

it('finds nothing wrong with a database in use', async () => {
  await makeIndexes();
  expect(await check(uri)).toEqual([
    { level: 'ok', topic: 'database', text: expect.stringMatching(/, version \d+\.\d+\.\d+, /) },
    { level: 'ok', topic: 'clock', text: expect.any(String) },
    { level: 'ok', topic: 'abilities', text: expect.any(String) },
    { level: 'ok', topic: 'indexes', text: expect.stringMatching(/^all \d+ are there$/) },
    { level: 'ok', topic: 'mails', text: 'no mail waits' },
  ]);
});

it.each([
  ['ok', 10 * MINUTE, '2 mails wait, the oldest for 10 minutes'],
  ['warning', 5 * HOUR, '2 mails wait, the oldest for 5 hours: each is tried for a day'],
])('FA-04 says how many mails wait, and since when: %s', async (level, age, text) => {
  await makeIndexes();
  const asked = (ago: number, to: string) => ({ to, createdAt: new Date(Date.now() - ago) });
  await connection
    .collection('mails')
    .insertMany([
      asked(age, 'ada@example.com'),
      asked(0, 'bob@example.com'),
      asked(9 * HOUR, NOBODY),
    ]);
  const found = (await check(uri)).filter(({ topic }) => topic === 'mails');
  expect(found).toEqual([{ level, topic: 'mails', text: expect.stringContaining(text) }]);
  expect(JSON.stringify(found)).not.toContain('@');
});

it('names each index that is missing, and makes none', async () => {
  const lines = (await check(uri)).filter(({ topic }) => topic === 'indexes');
  expect(lines).toHaveLength(expectedIndexes().length);
  expect(new Set(lines.map(({ level }) => level))).toEqual(new Set(['warning']));
  const text = lines.map((each) => each.text).join('\n');
  for (const part of [
    'users {"usernameCanonical":1} with {"unique":true}',
    'users {"emailClaim":1} with {"unique":true,"partialFilterExpression"',
    'users {"identities.key":1} with {"unique":true',
    'one-time {"removeAt":1} with {"expireAfterSeconds":0}',
    'throttle {"removeAt":-1} with {"expireAfterSeconds":0}',
    'throttle {"key":1} with {"unique":true}',
  ]) {
    expect(text).toContain(part);
  }
  expect(await connection.listCollections()).toEqual([]);
});

it.each([
  ['users', { usernameCanonical: 1 }, {}],
  ['one-time', { removeAt: 1 }, { expireAfterSeconds: 60 }],
  ['users', { emailClaim: 1 }, { unique: true }],
] as const)('finds an index of %s on %j with other options', async (collection, key, options) => {
  await makeIndexes();
  await connection.collection(collection).dropIndex(`${Object.keys(key)[0]}_1`);
  await connection.collection(collection).createIndex(key, options);
  const wrong = (await check(uri)).filter(({ level }) => level !== 'ok');
  expect(wrong).toEqual([
    {
      level: 'error',
      topic: 'indexes',
      text: expect.stringContaining(`${collection} ${JSON.stringify(key)}`),
    },
  ]);
});

describe('a server of another kind', () => {
  let server: OtherServer | undefined;
  afterEach(() => server?.close());

  async function checkOf(...kinds: Kind[]): Promise<Finding[]> {
    server = await otherServer(uri, ...kinds);
    await makeIndexes();
    return check(server.uri);
  }

  it.each<[string, Kind]>([
    ['tells its time as a number', numericTime],
    ['knows no hello', withoutHello],
  ])('that %s is as good as another', async (_, kind) => {
    const findings = await checkOf(kind);
    expect(findings.map(({ level, topic }) => [level, topic])).toEqual([
      ['ok', 'database'],
      ['ok', 'clock'],
      ['ok', 'abilities'],
      ['ok', 'indexes'],
      ['ok', 'mails'],
    ]);
  });

  it.each<[string, Kind, string[]]>([
    [
      'does not tell its version',
      {
        answer: (command) => ('buildInfo' in command ? refusal(59, 'CommandNotFound') : undefined),
      },
      ['database'],
    ],
    ['does not tell its time', { change: withoutTime }, ['clock']],
    [
      'shows no indexes',
      {
        answer: (command) =>
          'listIndexes' in command ? refusal(59, 'CommandNotFound') : undefined,
      },
      ['indexes'],
    ],
    ['lets nobody make a collection', refusingCollections, ['abilities']],
    ['repeats writes', repeatingWrites, ['abilities']],
  ])('that %s is told of that alone', async (_, kind, topics) => {
    const findings = await checkOf(kind);
    expect(findings).toHaveLength(5);
    const told = findings.filter(({ level }) => level !== 'ok');
    expect(told).toMatchObject(topics.map((topic) => ({ level: 'warning', topic })));
  });

  it.each<[string, Kind, boolean]>([
    ['lets nobody make a collection', refusingCollections, false],
    [
      'can not be tried',
      {
        answer: (command) => ('delete' in command ? refusal(91, 'ShutdownInProgress') : undefined),
      },
      false,
    ],
    ['repeats writes', repeatingWrites, true],
  ])('that %s is promised an index only when a start can build it', async (_, kind, promised) => {
    server = await otherServer(uri, kind);
    const missing = (await check(server.uri)).filter(({ topic }) => topic === 'indexes');
    expect(missing).toHaveLength(expectedIndexes().length);
    for (const { text } of missing) expect(text.includes('next start')).toBe(promised);
  });

  it('that a start refuses is told by what it fails at, and promised no index', async () => {
    server = await otherServer(uri, withoutTtl, pullingNothing);
    const findings = await check(server.uri);
    expect(findings.filter(({ level }) => level === 'error')).toMatchObject([
      { topic: 'abilities', text: expect.stringContaining('TTL indexes') },
      { topic: 'abilities', text: expect.stringContaining('$pull by one field') },
    ]);
    const missing = findings.filter(({ topic }) => topic === 'indexes');
    expect(missing).toHaveLength(expectedIndexes().length);
    expect(missing.map(({ text }) => text).join('')).not.toContain('next start');
    expect(await connection.listCollections()).toEqual([]);
  });
});

it('removes what a probe of before left behind', async () => {
  await connection.createCollection(`probe-${Date.now() - 2 * HOUR}-aaaa`);
  await check(uri);
  expect(await connection.listCollections()).toEqual([]);
});

it('finds a database that does not answer, and does not quote its password', async () => {
  const [finding, ...rest] = await check(
    'mongodb://root:hunter2-qz@127.0.0.1:1/accounts?tls=false',
  );
  expect(rest).toEqual([]);
  expect(finding).toMatchObject({
    level: 'error',
    text: expect.stringContaining("mongodb://127.0.0.1:1/accounts can't be used: "),
  });
  expect(finding?.text).not.toContain('hunter2-qz');
});

it('leaves an embedded database that does not exist alone', async () => {
  const dataDir = join(tmpdir(), `latchkey-absent-${randomBytes(6).toString('hex')}`);
  expect(await check('embedded', dataDir)).toMatchObject([{ level: 'ok', topic: 'database' }]);
  expect(existsSync(dataDir)).toBe(false);
});

it.each([
  [1, 'ok'],
  [-4_000, 'ok'],
  [6_000, 'warning'],
  [-3_600_000, 'warning'],
])('clocks %d ms apart are %s', (apart, level) => {
  const now = Date.now();
  expect(compareClocks(now + apart, now).level).toBe(level);
});
