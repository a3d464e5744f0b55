import { UsersService } from '../../src/users/users.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { freshDatabase } from '../support/database-address.js';
import { otherServer, type OtherServer } from '../support/other-server.js';
import { InterruptedUsers } from '../support/overrides.js';
import { playedByTurns, refusal } from '../support/server-kinds.js';

let database: OtherServer;
let app: TestApp;
const disk = playedByTurns();
beforeAll(async () => {
  database = await otherServer(freshDatabase(), disk);
  app = await startApp({ MONGODB_URI: database.uri }, (testing) =>
    testing.overrideProvider(UsersService).useClass(InterruptedUsers),
  );
});
afterAll(async () => {
  await app.close();
  database.close();
});

it('LE-02, FA-11 a fault of ours shows a plain page with an id, logs the cause, and the process lives on', async () => {
  const visitor = app.visitor();
  await visitor.register('unlucky');
  const users = app.nest.get<InterruptedUsers>(UsersService);
  users.before = () => Promise.reject(new Error('the cause in /secret/path'));
  try {
    const page = await visitor.get('/settings/profile');
    expect(page.status).toBe(500);
    expect(page.text).toContain('This is our mistake');
    expect(page.html).not.toContain('secret/path');
    const id = /<code>([\w-]{36})<\/code>/.exec(page.html)?.[1] ?? 'none';
    const line = app.log.find((each) => each.includes('the cause in /secret/path'));
    expect(line).toContain(id);
    const json = await visitor.get('/settings/profile', {
      headers: { accept: 'application/json' },
    });
    expect(JSON.parse(json.html)).toEqual({ status: 500, requestId: expect.any(String) });
  } finally {
    users.resume();
  }
  expect(await visitor.whoami()).toBe('unlucky');
});

it('PW-06 a flood of logins is bounded: every one is answered, and health goes on', async () => {
  const visitors = Array.from({ length: 120 }, () => app.visitor());
  const tokens = await Promise.all(visitors.map((visitor) => visitor.token('/login')));
  const answers = Promise.all(
    visitors.map((visitor, index) =>
      visitor.send('POST', '/login', {
        body: {
          _csrf: tokens[index] ?? '',
          identifier: `flood-${index}`,
          password: 'whatever it is',
        },
      }),
    ),
  );
  expect((await app.visitor().get('/health/live')).status).toBe(200);
  for (const { status, headers } of await answers) {
    expect([422, 503]).toContain(status);
    if (status === 503) expect(headers.get('retry-after')).not.toBeNull();
  }
});

it('does not build the unique index over a name that is there twice', async () => {
  const users = app.db.collection('users');
  await users.dropIndexes();
  const twin = { username: 'twin', usernameCanonical: 'twin', identities: [], sessionEpoch: 0 };
  await users.insertMany([{ ...twin }, { ...twin }]);
  await expect(app.db.model('User').createIndexes()).rejects.toMatchObject({ code: 11000 });
});

it('FA-08 a full disk, which takes no write, still shows the pages to whoever is signed in', async () => {
  const reader = await app.person('reader');
  expect(await reader.whoami()).toBe('reader');
  const full = refusal(14031, 'OutOfDiskSpace');
  disk.play({
    answer: ({ update, findAndModify }) =>
      [update, findAndModify].includes('users') ? full : undefined,
  });
  try {
    expect(await reader.whoami()).toBe('reader');
    // Long enough for the visit to be written down.
    app.advance(60_000);
    expect(await reader.whoami()).toBe('reader');
    // A change has to be.
    const change = await reader.submit('/settings/profile', { username: 'reader', name: 'New' });
    expect(change.status).toBe(503);
  } finally {
    disk.play({});
  }
  expect(
    (await reader.submit('/settings/profile', { username: 'reader', name: 'New' })).status,
  ).toBe(303);
});
