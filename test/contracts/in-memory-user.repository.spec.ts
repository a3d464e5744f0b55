import { InMemoryUserRepository } from '../support/in-memory-user.repository.js';
import { userIdentitiesContract } from './user-identities.contract.js';
import { userRepositoryContract } from './user-repository.contract.js';

const make = async () => new InMemoryUserRepository();
userRepositoryContract('the map in memory', make);
userIdentitiesContract('the map in memory', make);
