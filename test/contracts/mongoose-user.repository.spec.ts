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
