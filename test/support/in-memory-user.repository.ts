import { randomBytes } from 'node:crypto';
import {
  EmailAlreadyRegistered,
  IdentityTaken,
  UsernameTaken,
} from '../../src/users/user.errors.js';
import { UserRepository } from '../../src/users/user.repository.js';
import { canonicalEmail } from '../../src/users/email-address.js';
import {
  hasPassword,
  type Identity,
  type LinkedIdentity,
  type NewUser,
  type Profile,
  type User,
} from '../../src/users/user.js';
import { canonicalUsername } from '../../src/users/username.js';

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

  async updateEmail(id: string, epoch: number, email: string): Promise<User | null> {
    const user = this.users.get(id);
    if (user?.sessionEpoch !== epoch) return null;
    const { emailVerifiedAt: _proved, ...rest } = user;
    return this.store({ ...rest, email });
  }

  async changePassword(id: string, epoch: number, newHash: string, at: Date): Promise<User | null> {
    const user = this.users.get(id);
    if (user?.sessionEpoch !== epoch) return null;
    const sessionEpoch = epoch + 1;
    return this.store({ ...user, passwordHash: newHash, passwordChangedAt: at, sessionEpoch });
  }

  async replaceHash(id: string, expectedHash: string, newHash: string): Promise<void> {
    const user = this.users.get(id);
    if (user?.passwordHash === expectedHash) this.store({ ...user, passwordHash: newHash });
  }

  async findByIdentity(identity: Identity): Promise<User | null> {
    return copyOf(this.all().find((user) => owns(user, identity)));
  }

  async link(
    id: string,
    epoch: number,
    identity: LinkedIdentity,
    sealedToken?: string,
  ): Promise<User | null> {
    const user = this.users.get(id);
    const { provider } = identity;
    if (user?.sessionEpoch !== epoch) return null;
    if (user.identities.some((each) => each.provider === provider)) return null;
    return this.store({
      ...user,
      identities: [...user.identities, identity],
      ...(sealedToken !== undefined && {
        sealedTokens: { ...user.sealedTokens, [provider]: sealedToken },
      }),
    });
  }

  async unlink(
    id: string,
    epoch: number,
    provider: string,
    otherProviders: readonly string[],
  ): Promise<User | null> {
    const before = this.users.get(id);
    const others = before?.identities.filter((each) => each.provider !== provider) ?? [];
    const opens =
      before?.sessionEpoch === epoch &&
      (hasPassword(before) || others.some((each) => otherProviders.includes(each.provider)));
    if (!opens || others.length === before.identities.length) return null;
    const { [provider]: _token, ...sealedTokens } = before.sealedTokens ?? {};
    this.store({
      ...before,
      identities: others,
      ...(before.sealedTokens && { sealedTokens }),
      sessionEpoch: before.sessionEpoch + 1,
    });
    return structuredClone(before);
  }

  async keepToken(identity: Identity, sealedToken: string): Promise<void> {
    const user = this.all().find((each) => owns(each, identity));
    if (!user) return;
    const sealedTokens = { ...user.sealedTokens, [identity.provider]: sealedToken };
    this.store({ ...user, sealedTokens });
  }

  async verifyEmail(id: string, canonical: string, at: Date): Promise<void> {
    const user = this.users.get(id);
    if (user && emailOf(user) === canonical && !user.emailVerifiedAt) {
      this.store({ ...user, emailVerifiedAt: at });
    }
  }

  async releaseEmail(id: string, canonical: string, at: Date): Promise<boolean> {
    const user = this.users.get(id);
    if (!user || emailOf(user) !== canonical || user.emailVerifiedAt) return false;
    const { email: _email, ...rest } = user;
    this.store({ ...rest, emailMovedAt: at });
    return true;
  }

  async forgetMovedEmail(id: string): Promise<void> {
    const { emailMovedAt: _at, ...user } = this.users.get(id) ?? {};
    if ('id' in user) this.store(user);
  }

  async delete(id: string, epoch: number): Promise<User | null> {
    const user = this.users.get(id);
    if (user?.sessionEpoch !== epoch) return null;
    this.users.delete(id);
    return user;
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
    if (user.identities.some((identity) => others.some((other) => owns(other, identity)))) {
      throw new IdentityTaken();
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

function owns({ identities }: User, { provider, subject }: Identity): boolean {
  return identities.some((each) => each.provider === provider && each.subject === subject);
}

function copyOf(user: User | undefined): User | null {
  return user ? structuredClone(user) : null;
}
