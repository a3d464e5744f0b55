import { tmpdir } from 'node:os';
import type { NewUser } from '../../../src/users/user.js';
import { UserRepository } from '../../../src/users/user.repository.js';
import { startApp, type TestApp } from '../../support/app.js';
import { doctorIn } from '../../support/doctor.js';
import { freshDatabase } from '../../support/database-address.js';
import { type Message, otherServer, type OtherServer } from '../../support/other-server.js';
import { InterruptedUserRepository } from '../../support/overrides.js';
import { playedByTurns, refusal } from '../../support/server-kinds.js';
import type { Visitor } from '../../support/visitor.js';
import { until } from '../../support/wait-until.js';

/** Stands wherever a server might quote a value or a document. */
const VALUE = 'marked-value-of-a-person';

let server: OtherServer;
let app: TestApp;
let person: Visitor;
const turns = playedByTurns();

beforeAll(async () => {
  server = await otherServer(freshDatabase(), turns);
  app = await startApp({ MONGODB_URI: server.uri }, (testing) =>
    testing.overrideProvider(UserRepository).useClass(InterruptedUserRepository),
  );
  person = await app.person('somebody');
});
beforeEach(() => turns.play({}));
afterAll(async () => {
  turns.play({});
  await app.close();
  server.close();
});

/** Answers every such command about accounts by this. */
function play(name: string, answer: Message): void {
  turns.play({ answer: (command) => (command[name] === 'users' ? answer : undefined) });
}

it.each([
  [10107, 'NotWritablePrimary'],
  [189, 'PrimarySteppedDown'],
  [91, 'ShutdownInProgress'],
  [11600, 'InterruptedAtShutdown'],
  [11602, 'InterruptedDueToReplStateChange'],
  [13435, 'NotPrimaryNoSecondaryOk'],
  [13436, 'NotPrimaryOrSecondary'],
  [10058, 'LegacyNotPrimary'],
  [133, 'FailedToSatisfyReadPreference'],
  [134, 'ReadConcernMajorityNotAvailableYet'],
  [6, 'HostUnreachable'],
  [89, 'NetworkTimeout'],
  [9001, 'SocketException'],
  [262, 'ExceededTimeLimit'],
  [50, 'MaxTimeMSExpired'],
  [112, 'WriteConflict'],
  [24, 'LockTimeout'],
  [16500, 'TooManyRequests'],
  [18, 'AuthenticationFailed'],
  [13, 'Unauthorized'],
  [8000, 'AtlasError'],
])('code %d (%s) is an outage, not a mistake of ours', async (code, codeName) => {
  play('find', refusal(code, codeName));
  const page = await person.get('/settings/profile');
  expect([page.status, page.headers.get('retry-after')]).toEqual([503, '5']);
  turns.play({});
  await app.ready();
  expect(await person.whoami()).toBe('somebody');
});

const QUOTED = { keyPattern: { secret: 1 }, keyValue: { secret: VALUE } };

it.each<[string, string, Message, Record<string, unknown>]>([
  [
    'a read',
    'find',
    refusal(2, 'BadValue', `unknown operator: ${VALUE}`),
    { code: 2, codeName: 'BadValue', collection: 'users', operation: 'findOne' },
  ],
  [
    'a change',
    'findAndModify',
    { ...refusal(121, 'DocumentValidationFailure', VALUE), errInfo: { document: VALUE } },
    { code: 121, collection: 'users', operation: 'findOneAndUpdate' },
  ],
  [
    'a duplicate that nobody expects',
    'findAndModify',
    { ...refusal(11000, 'DuplicateKey', `dup key: { secret: "${VALUE}" }`), ...QUOTED },
    { code: 11000, codeName: 'DuplicateKey', collection: 'users', index: 'secret' },
  ],
  [
    'an insert',
    'insert',
    { ok: 1, n: 0, writeErrors: [{ index: 0, code: 10334, errmsg: VALUE, errInfo: { VALUE } }] },
    { code: 10334, collection: 'users', operation: 'save' },
  ],
  [
    'a deletion',
    'delete',
    {
      ok: 1,
      n: 0,
      writeErrors: [{ index: 0, code: 1, errmsg: `can't delete ${VALUE}\n at ${VALUE}` }],
    },
    { code: 1, collection: 'users', operation: 'deleteOne' },
  ],
])(
  'the log tells of %s that fails by code and place, and of no value',
  async (_, name, answer, facts) => {
    const begin = app.log.length;
    const username = `p-${name}-${Number(answer['code'] ?? 0)}`.toLowerCase();
    const visitor = await app.person(username);
    play(name, answer);
    const pages = [
      await visitor.get('/settings/profile'),
      await visitor.submit('/settings/profile', { username: `new-${VALUE}`, name: 'N' }),
      await app.visitor().register(`new-${name}`.toLowerCase(), {
        email: `${VALUE}-${name}@example.com`,
      }),
      await visitor.submit(
        '/settings/profile',
        { confirmation: username, currentPassword: 'three quiet harbours' },
        '/settings/delete',
      ),
    ];
    expect(pages.map(({ status }) => status)).toContain(500);
    const written = app.log.slice(begin).join('');
    for (const text of [
      written,
      ...pages.map(({ html, status }) => (status === 500 ? html : '')),
    ]) {
      expect(text).not.toContain(VALUE);
    }
    for (const [key, value] of Object.entries(facts))
      expect(written).toContain(`${key}=${String(value)}`);
  },
);

it('a value that our own schema refuses is not quoted', async () => {
  const begin = app.log.length;
  const users = app.nest.get<InterruptedUserRepository>(UserRepository, { strict: false });
  // No form lets such an account through.
  const account = { id: users.newId(), username: `${VALUE} x`, createdAt: VALUE, [VALUE]: 1 };
  users.before = async () => {
    users.resume();
    await users.insert({ ...account, identities: [] } as unknown as NewUser, []);
  };
  expect((await app.visitor().register('fresh')).status).toBe(500);
  const written = app.log.slice(begin).join('');
  expect(written).not.toContain(VALUE);
  expect(written).toContain('fault');
});

it.each([
  ['update', 'bulkWrite'],
  ['find', 'findOne'],
])(
  'the log names the collection of the counters where a %s of it fails',
  async (name, operation) => {
    const begin = app.log.length;
    const visitor = app.visitor();
    const collide = { index: 0, code: 11000, errmsg: 'Duplicate key violation' };
    turns.play({
      answer: (command) => {
        const [[sent, collection] = ['']] = Object.entries(command);
        if (collection !== 'throttle') return undefined;
        // A counter is read when its upsert met another one.
        if (sent === 'update' && name === 'find') return { n: 0, writeErrors: [collide], ok: 1 };
        return sent === name ? refusal(2, 'BadValue', VALUE) : undefined;
      },
    });
    expect((await visitor.login('somebody')).status).toBe(500);
    const written = app.log.slice(begin).join('');
    expect(written).toContain(
      `code=2 codeName=BadValue collection=throttle operation=${operation}`,
    );
    expect(written).not.toContain(VALUE);
  },
);

it.each([
  [11000, ['createIndexes', 'drop']],
  [11000, ['insert', 'listIndexes']],
  [2, ['update', 'findAndModify', 'delete', 'find']],
  [50, ['hello', 'buildInfo', 'listCollections', 'delete']],
])('the doctor tells of code %d of %j, and of no value', async (code, names) => {
  const marked = { ...refusal(code, 'BadValue', `dup key: { secret: "${VALUE}" }`), ...QUOTED };
  turns.play({
    answer: (command) => (names.includes(Object.keys(command)[0] ?? '') ? marked : undefined),
  });
  const { output } = await doctorIn(tmpdir(), { MONGODB_URI: server.uri });
  expect(output).toContain(`code ${code}`);
  expect(output).not.toContain(VALUE);
});

it('a failure that no page shows tells no value either', async () => {
  // The driver may just have heard the refusals that the doctor was played.
  await until(async () => (await app.visitor().get('/health/ready')).status === 200);
  const visitor = await app.person('seen');
  const begin = app.log.length;
  turns.play({
    answer: (command) =>
      command['update'] === 'users' ? refusal(2, 'BadValue', `bad ${VALUE}`) : undefined,
  });
  // It is time to note when the session was last seen.
  app.advance(60_000);
  expect(await visitor.whoami()).toBe('seen');
  const written = app.log.slice(begin).join('');
  expect(written).not.toContain(VALUE);
  expect(written).toContain('codeName=BadValue');
});
