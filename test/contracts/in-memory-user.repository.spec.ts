import { InMemoryUserRepository } from '../support/in-memory-user.repository.js';
import { userRepositoryContract } from './user-repository.contract.js';

userRepositoryContract('the map in memory', async () => new InMemoryUserRepository());
