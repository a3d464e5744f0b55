import { randomBytes } from 'node:crypto';
import { EmailAlreadyRegistered, UsernameTaken } from '../../src/users/user.errors.js';
import { UserRepository } from '../../src/users/user.repository.js';
import {
  canonicalEmail,
  canonicalUsername,
  type NewUser,
  type Profile,
  type User,
} from '../../src/users/user.js';

/** Accounts in a map, for tests that need no database; each method does its work in one step. */
export class InMemoryUserRepository extends UserRepository {
  private readonly users = new Map<string, User>();

  async insert(user: NewUser): Promise<User> {
    const id = randomBytes(12).toString('hex');
    const { passwordHash, createdAt } = user;
    return this.store({
      identities: [],
      ...user,
      ...(passwordHash !== undefined && { passwordChangedAt: createdAt }),
      id,
      sessionEpoch: 0,
    });
  }

  async findById(id: string): Promise<User | null> {
    return copyOf(this.users.get(id));
  }

  async findByUsername(canonical: string): Promise<User | null> {
    return copyOf(this.all().find((user) => canonicalUsername(user.username) === canonical));
  }

  async findByEmail(canonical: string): Promise<User | null> {
    return copyOf(this.all().find((user) => emailOf(user) === canonical));
  }

  async updateProfile(id: string, profile: Profile): Promise<User | null> {
    const user = this.users.get(id);
    if (!user) return null;
    const fields = Object.entries({ ...user, ...profile }).filter(([, value]) => value !== null);
    // Null, which a profile has and an account has not, was filtered out above.
    return this.store(Object.fromEntries(fields) as unknown as User);
  }

  async updateEmail(id: string, email: string): Promise<User | null> {
    const user = this.users.get(id);
    if (!user) return null;
    const { emailProvedAt: _proved, ...rest } = user;
    return this.store({ ...rest, email });
  }

  async changePassword(
    id: string,
    expectedHash: string | null,
    newHash: string,
    at: Date,
  ): Promise<User | null> {
    const user = this.users.get(id);
    if (!user || (user.passwordHash ?? null) !== expectedHash) return null;
    const sessionEpoch = user.sessionEpoch + 1;
    return this.store({ ...user, passwordHash: newHash, passwordChangedAt: at, sessionEpoch });
  }

  async replaceHash(id: string, expectedHash: string, newHash: string): Promise<void> {
    const user = this.users.get(id);
    if (user?.passwordHash === expectedHash) this.store({ ...user, passwordHash: newHash });
  }

  async delete(id: string): Promise<boolean> {
    return this.users.delete(id);
  }

  private store(user: User): User {
    const others = this.all().filter(({ id }) => id !== user.id);
    const username = canonicalUsername(user.username);
    if (others.some((other) => canonicalUsername(other.username) === username)) {
      throw new UsernameTaken();
    }
    const email = emailOf(user);
    if (email !== undefined && others.some((other) => emailOf(other) === email)) {
      throw new EmailAlreadyRegistered();
    }
    // A copy on the way in and out: what a caller holds is not what is stored.
    this.users.set(user.id, structuredClone(user));
    return structuredClone(user);
  }

  private all(): User[] {
    return [...this.users.values()];
  }
}

function emailOf({ email }: User): string | undefined {
  return email === undefined ? undefined : canonicalEmail(email);
}

function copyOf(user: User | undefined): User | null {
  return user ? structuredClone(user) : null;
}
