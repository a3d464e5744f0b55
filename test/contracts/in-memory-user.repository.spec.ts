import { InMemoryUserRepository } from '../support/in-memory-user.repository.js';
import { userSessionsContract } from './user-sessions.contract.js';
import { userChangesContract } from './user-changes.contract.js';
import { userEventsContract } from './user-events.contract.js';
import { userRepositoryContract } from './user-repository.contract.js';

userSessionsContract('the map in memory', async () => new InMemoryUserRepository());
userRepositoryContract('the map in memory', async () => new InMemoryUserRepository());
userChangesContract('the map in memory', async () => new InMemoryUserRepository());
userEventsContract('the map in memory', async () => new InMemoryUserRepository());
