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
