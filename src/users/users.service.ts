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
import { type ClaimObstacle, EmailClaims } from './email-claims.js';
import { VERIFIED_PLACE } from './email-places.js';
import { formerIdentities, withFormerUsername } from './undo/former.js';
import type { LinkedIdentity } from './identity.js';
import { readLogin } from './names/login-identifier.js';
import type { SessionChange, SessionSeen } from './session.js';
import { AccountChangedMeanwhile } from './user.errors.js';
import type { Profile } from './profile.js';
import type { NewAccount, User } from './user.js';
import { UserRepository } from './user.repository.js';
import { WaysIn } from './ways-in.js';

/** The verbs on accounts that other modules may use. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UserRepository,
    private readonly changes: AccountChanges,
    private readonly claims: EmailClaims,
    private readonly waysIn: WaysIn,
    private readonly clock: Clock,
    private readonly events: Events,
  ) {}

  /**
   * @param account a verified address becomes this account's alone
   * @param method the way in that the account starts with: `password`, or a provider's id
   * @param waits the obstacles at which the account gets its address without a claim
   * @throws UsernameTaken, EmailAlreadyRegistered, IdentityTaken
   */
  async register(
    account: NewAccount,
    method: string,
    waits: readonly ClaimObstacle[] = [],
  ): Promise<User> {
    const { email, emailVerifiedAt } = account;
    if (email === undefined) return this.insert(account, method, null);
    if (!emailVerifiedAt) {
      return this.claims.claim(email, null, waits, (place) => this.insert(account, method, place));
    }
    const user = await this.insert(account, method, VERIFIED_PLACE);
    await this.claims.settle(user.id, email);
    return user;
  }

  findById(id: string): Promise<User | null> {
    return this.users.findById(id);
  }

  /** Notes when and where a session was last seen; nothing happens when it has ended. */
  noteSeen(userId: string, sessionId: string, seen: SessionSeen): Promise<void> {
    return this.users.noteSeen(userId, sessionId, seen);
  }

  /**
   * @param login a user name or an e-mail address, as typed
   * @returns the accounts that it may mean: several for an address that nobody has verified, the oldest
   *   claim first
   */
  async findByLogin(login: string): Promise<User[]> {
    const { kind, canonical } = readLogin(login);
    if (kind === 'email') {
      const claims = await this.claims.of(canonical);
      return claims[0]?.emailVerifiedAt ? claims.slice(0, 1) : claims;
    }
    const user = await this.users.findByUsername(canonical);
    return user ? [user] : [];
  }

  /** @param key as `identityKey` gives it */
  findByIdentity(key: string): Promise<User | null> {
    return this.users.findByIdentity(key);
  }

  /** What is absent stays as it is. @throws UsernameTaken, AccountChangedMeanwhile */
  changeProfile(user: User, profile: Partial<Profile>): Promise<User> {
    return this.changes.change(user, (current, now) => ({
      change: { ...profile, ...withFormerUsername(current, profile.username, now) },
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
    return this.changes.change(user, (current, now) => ({
      change: { passwordHash: newHash, passwordChangedAt: now, pendingEmail: null, sessions },
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
    return this.changes.change(user, (current, linkedAt) =>
      current.identities.some(({ provider }) => provider === identity.provider)
        ? null
        : {
            change: {
              identities: [...current.identities, { ...identity, linkedAt }],
              sessions,
            },
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
    return this.changes.change(user, (current, now) => {
      const identity = current.identities.find((each) => each.provider === provider);
      if (!identity) return null;
      this.waysIn.demandAnother(current, provider);
      return {
        change: {
          identities: current.identities.filter((each) => each !== identity),
          formerIdentities: formerIdentities(current, now, [identity]),
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
    const noted = (identities: readonly LinkedIdentity[], lastUsedAt: Date) =>
      identities.map((each) => (each.key === key ? { ...each, ...used, lastUsedAt } : each));
    const changed = await this.changes
      .change(user, ({ identities }, now) =>
        identities.some((each) => each.key === key)
          ? { change: { identities: noted(identities, now) } }
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

  private async insert(
    account: NewAccount,
    method: string,
    emailPlace: number | null,
  ): Promise<User> {
    const [id, createdAt] = [this.users.newId(), this.clock.now()];
    const event = new UserRegistered(id, method);
    event.happenedTo({ username: account.username }, createdAt); // No address was verified before.
    const user = {
      ...account,
      ...(account.passwordHash !== undefined && { passwordChangedAt: createdAt }),
      ...(account.email !== undefined && { emailSince: createdAt }),
      ...(emailPlace !== null && { emailPlace }),
      id,
      createdAt,
    };
    const made = await this.users.insert(user, [event]);
    await this.events.publish(event);
    return made;
  }
}
