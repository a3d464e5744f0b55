import { UserRepository } from '../../src/users/user.repository.js';
import { startApp, type TestApp } from '../support/app.js';
import { userRepositoryContract } from './user-repository.contract.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

userRepositoryContract('the Mongoose repository', async () => {
  await app.db.collection('users').deleteMany({});
  return app.nest.get(UserRepository, { strict: false });
});
