import { identityKey } from '../../src/users/identity.js';
import { NAME } from '../../src/users/names/display-name.js';
import type { NewUser } from '../../src/users/user.js';
import { UserRepository } from '../../src/users/user.repository.js';
import { startApp, type TestApp } from '../support/app.js';
import { passkey } from './sample-accounts.js';
import { userAccountsContract } from './user-accounts.contract.js';
import { userEmailsContract } from './user-emails.contract.js';
import { userUndoContract } from './user-undo.contract.js';
import { userIdentitiesContract } from './user-identities.contract.js';
import { userSessionsContract } from './user-sessions.contract.js';
import { userChangesContract } from './user-changes.contract.js';
import { userEventsContract } from './user-events.contract.js';
import { userRepositoryContract } from './user-repository.contract.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const make = async (): Promise<UserRepository> => {
  await app.db.collection('users').deleteMany({});
  await app.db.collection('deletions').deleteMany({});
  return app.nest.get(UserRepository, { strict: false });
};
userSessionsContract('the Mongoose repository', make);
userRepositoryContract('the Mongoose repository', make);
userChangesContract('the Mongoose repository', make);
userEventsContract('the Mongoose repository', make);
userAccountsContract('the Mongoose repository', make);
userEmailsContract('the Mongoose repository', make);
userIdentitiesContract('the Mongoose repository', make);
userUndoContract('the Mongoose repository', make);

const started = (users: UserRepository): Omit<NewUser, 'username'> => ({
  id: users.newId(),
  identities: [],
  createdAt: new Date(),
});

it.each([
  { username: 'a'.repeat(41) },
  { username: 'no spaces here' },
  { name: '😀'.repeat(81) },
  { email: `${'a'.repeat(80)}@example.com` },
  { passkeys: [passkey('one'), passkey('two', { name: 'a'.repeat(NAME.max + 1) })] },
  { passkeys: [passkey('one', { counter: Number.NaN })] },
  { passkeys: [passkey('')] },
])('the database takes nothing that the forms refuse: %j', async (fields) => {
  const users = await make();
  const longest = { username: 'a'.repeat(40), name: '😀'.repeat(80) };
  const user = await users.insert({ ...started(users), ...longest }, []);
  const refusal = { name: 'ValidationError' };
  const another = users.insert({ ...started(users), username: 'another', ...fields }, []);
  await expect(another).rejects.toMatchObject(refusal);
  await expect(users.update(user, fields, [])).rejects.toMatchObject(refusal);
  expect(await users.findById(user.id)).toEqual(user);
});

/** How many accounts the server reads for what a look-up really asks it. */
async function examined(lookUp: () => Promise<unknown>): Promise<number> {
  const filters: object[] = [];
  app.db.set('debug', (_collection: string, _method: string, filter: object) => {
    filters.push(filter);
  });
  await lookUp();
  app.db.set('debug', false);
  expect(filters).toHaveLength(1);
  const plan = await app.db
    .collection('users')
    .find(filters[0] ?? {})
    .explain('executionStats');
  // As MongoDB documents it; the driver's type leaves it open.
  return (plan as { executionStats: { totalDocsExamined: number } }).executionStats
    .totalDocsExamined;
}

it('EN-01 every look-up reads the one account that is meant, or none, however many there are', async () => {
  const users = await make();
  const key = (provider: string, n: number) => identityKey(`https://${provider}.example`, `${n}`);
  for (let n = 0; n < 50; n++) {
    const linkedAt = new Date();
    const identities = ['google', 'github'].map((provider) => ({
      key: key(provider, n),
      provider,
      linkedAt,
    }));
    const username = `person-${n}`;
    const email = { email: `${username}@example.com`, emailPlace: 1 };
    await users.insert({ ...started(users), username, ...email, identities }, []);
  }
  const lookUps = (n: number): (() => Promise<unknown>)[] => [
    () => users.findByUsername(`person-${n}`),
    () => users.findByEmail(`person-${n}@example.com`),
    () => users.findByIdentity(key('google', n)),
    () => users.findByIdentity(key('github', n)),
  ];
  for (const lookUp of lookUps(20)) expect(await examined(lookUp)).toBe(1);
  for (const lookUp of lookUps(70)) expect(await examined(lookUp)).toBe(0);
});
