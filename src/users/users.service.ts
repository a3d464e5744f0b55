import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { Events } from '../core/events.js';
import { AccountChanges } from './account-changes.js';
import {
  IdentityLinked,
  IdentityUnlinked,
  PasswordChanged,
  ProfileChanged,
  UserRegistered,
} from './account.events.js';
import { canonicalEmail } from './names/email-address.js';
import type { LinkedIdentity } from './identity.js';
import { readLogin } from './names/login-identifier.js';
import type { SessionChange } from './session.js';
import { AccountChangedMeanwhile } from './user.errors.js';
import type { Profile } from './profile.js';
import type { NewUser, User } from './user.js';
import { UserRepository } from './user.repository.js';
import { WaysIn } from './ways-in.js';

/** The verbs on accounts that other modules may use. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UserRepository,
    private readonly changes: AccountChanges,
    private readonly waysIn: WaysIn,
    private readonly clock: Clock,
    private readonly events: Events,
  ) {}

  /**
   * @param method the way in that the account starts with: `password`, or a provider's id
   * @throws UsernameTaken, EmailAlreadyRegistered, IdentityTaken
   */
  async register(
    account: Omit<NewUser, 'id' | 'createdAt' | 'passwordChangedAt'>,
    method: string,
  ): Promise<User> {
    const [id, createdAt] = [this.users.newId(), this.clock.now()];
    const event = new UserRegistered(id, method);
    const password = account.passwordHash !== undefined && { passwordChangedAt: createdAt };
    const user = await this.users.insert({ ...account, ...password, id, createdAt }, [event]);
    await this.events.publish(event);
    return user;
  }

  findById(id: string): Promise<User | null> {
    return this.users.findById(id);
  }

  /** Notes when a session was last seen; nothing happens when it has ended. */
  noteSeen(userId: string, sessionId: string, at: Date): Promise<void> {
    return this.users.noteSeen(userId, sessionId, at);
  }

  /** @param login a user name or an e-mail address, as typed */
  findByLogin(login: string): Promise<User | null> {
    const { kind, canonical } = readLogin(login);
    return kind === 'email'
      ? this.users.findByEmail(canonical)
      : this.users.findByUsername(canonical);
  }

  /** @param key as `identityKey` gives it */
  findByIdentity(key: string): Promise<User | null> {
    return this.users.findByIdentity(key);
  }

  /** @param email as typed or as a provider gave it */
  findByEmail(email: string): Promise<User | null> {
    return this.users.findByEmail(canonicalEmail(email));
  }

  /** What is absent stays as it is. @throws UsernameTaken, AccountChangedMeanwhile */
  changeProfile(user: User, profile: Partial<Profile>): Promise<User> {
    return this.changes.change(user, (current) => ({
      change: profile,
      event: new ProfileChanged(current),
    }));
  }

  /**
   * Sets the password.
   *
   * @param user as it was when the person re-authenticated
   * @param sessions what it does to them: whoever got in before is out
   * @throws AccountChangedMeanwhile when the person's session was ended meanwhile, by another new
   *   password too
   */
  changePassword(
    user: User,
    newHash: string,
    sessions: SessionChange = { end: 'all' },
  ): Promise<User> {
    return this.changes.change(user, (current) => ({
      change: { passwordHash: newHash, passwordChangedAt: this.clock.now(), sessions },
      event: new PasswordChanged(current),
    }));
  }

  /** Keeps the same password under a newer hash; nothing happens when the password is another one by now. */
  async renewHash(user: User, newHash: string): Promise<void> {
    await this.changes.change(user, ({ passwordHash }) =>
      passwordHash === user.passwordHash ? { change: { passwordHash: newHash } } : null,
    );
  }

  /**
   * @returns the changed account, or null when an identity of this provider is linked already
   * @throws IdentityTaken, AccountChangedMeanwhile
   */
  link(
    user: User,
    identity: Omit<LinkedIdentity, 'linkedAt'>,
    sessions: SessionChange = {},
  ): Promise<User | null> {
    const linked = { ...identity, linkedAt: this.clock.now() };
    return this.changes.change(user, (current) =>
      current.identities.some(({ provider }) => provider === identity.provider)
        ? null
        : {
            change: { identities: [...current.identities, linked], sessions },
            event: new IdentityLinked(current, identity),
          },
    );
  }

  /**
   * Takes a linked identity away, never the last way in.
   *
   * @param sessions what it does to them: whoever came in by it is out
   * @returns the changed account, or null when nothing of this provider was linked
   * @throws LastWayIn, AccountChangedMeanwhile
   */
  unlink(
    user: User,
    provider: string,
    sessions: SessionChange = { end: 'all' },
  ): Promise<User | null> {
    return this.changes.change(user, (current) => {
      const identity = current.identities.find((each) => each.provider === provider);
      if (!identity) return null;
      this.waysIn.demandAnother(current, provider);
      return {
        change: {
          identities: current.identities.filter((each) => each !== identity),
          sessions,
        },
        event: new IdentityUnlinked(current, identity),
      };
    });
  }

  /**
   * Notes that an identity was used, if it is still linked: what the provider calls it, and its token.
   * Among many logins at once some give up: what another one notes is as good.
   *
   * @returns the account, changed or not
   */
  async noteUse(user: User, { key, ...used }: Omit<LinkedIdentity, 'linkedAt'>): Promise<User> {
    const lastUsedAt = this.clock.now();
    const noted = (identities: readonly LinkedIdentity[]) =>
      identities.map((each) => (each.key === key ? { ...each, ...used, lastUsedAt } : each));
    const changed = await this.changes
      .change(user, ({ identities }) =>
        identities.some((each) => each.key === key)
          ? { change: { identities: noted(identities) } }
          : null,
      )
      .catch((error: unknown) => {
        if (!(error instanceof AccountChangedMeanwhile)) throw error;
      });
    return changed ?? user;
  }

  /**
   * Removes the account with everything in it, its sessions too. A second call does nothing.
   *
   * @param user as it was when the person re-authenticated
   * @throws AccountChangedMeanwhile when the person's session was ended since
   */
  delete(user: User): Promise<void> {
    return this.changes.remove(user);
  }
}
