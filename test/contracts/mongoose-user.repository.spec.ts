import { UserRepository } from '../../src/users/user.repository.js';
import { startApp, type TestApp } from '../support/app.js';
import { userIdentitiesContract } from './user-identities.contract.js';
import { userRepositoryContract } from './user-repository.contract.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const make = async (): Promise<UserRepository> => {
  await app.db.collection('users').deleteMany({});
  return app.nest.get(UserRepository, { strict: false });
};
userRepositoryContract('the Mongoose repository', make);
userIdentitiesContract('the Mongoose repository', make);

it.each([
  { username: 'a'.repeat(41) },
  { username: 'no spaces here' },
  { name: '😀'.repeat(81) },
  { email: `${'a'.repeat(80)}@example.com` },
])('the database takes nothing that the forms refuse: %j', async (fields) => {
  const users = await make();
  const longest = { username: 'a'.repeat(40), name: '😀'.repeat(80) };
  const user = await users.insert({ ...longest, createdAt: new Date() });
  const refusal = { name: 'ValidationError' };
  await expect(
    users.insert({ username: 'another', ...fields, createdAt: new Date() }),
  ).rejects.toMatchObject(refusal);
  const change =
    fields.email === undefined
      ? users.updateProfile(user.id, { ...longest, ...fields })
      : users.updateEmail(user.id, 0, fields.email);
  await expect(change).rejects.toMatchObject(refusal);
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
  const createdAt = new Date();
  const at = (provider: string, subject: string) => ({ provider, subject, linkedAt: createdAt });
  for (let n = 0; n < 50; n++) {
    const identities = [at('google', `g-${n}`), at('github', `h-${n}`)];
    const username = `person-${n}`;
    await users.insert({ username, email: `${username}@example.com`, createdAt, identities });
  }
  const lookUps = (n: number): (() => Promise<unknown>)[] => [
    () => users.findByUsername(`person-${n}`),
    () => users.findByEmail(`person-${n}@example.com`),
    () => users.findByIdentity({ provider: 'google', subject: `g-${n}` }),
    () => users.findByIdentity({ provider: 'github', subject: `h-${n}` }),
    () => users.keepToken({ provider: 'github', subject: `h-${n}` }, 'sealed'),
  ];
  for (const lookUp of lookUps(20)) expect(await examined(lookUp)).toBe(1);
  for (const lookUp of lookUps(70)) expect(await examined(lookUp)).toBe(0);
});
