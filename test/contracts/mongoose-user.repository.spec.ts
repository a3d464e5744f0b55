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
