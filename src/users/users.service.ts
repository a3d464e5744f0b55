import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { Events } from '../core/events.js';
import { AccountChangedMeanwhile } from './user.errors.js';
import {
  EmailChanged,
  EmailMoved,
  IdentityLinked,
  IdentityUnlinked,
  PasswordChanged,
  ProfileChanged,
  UserDeleted,
  UserRegistered,
} from './user.events.js';
import { canonicalEmail } from './email-address.js';
import { readLogin } from './login-identifier.js';
import type { Identity, NewUser, Profile, User } from './user.js';
import { UserRepository } from './user.repository.js';

/** The verbs on accounts that other modules may use. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UserRepository,
    private readonly clock: Clock,
    private readonly events: Events,
  ) {}

  /**
   * @param how the way in that the account starts with: `password`, or a provider's id
   * @throws UsernameTaken, EmailAlreadyRegistered, IdentityTaken
   */
  async register(account: Omit<NewUser, 'createdAt'>, how: string): Promise<User> {
    const user = await this.users.insert({ ...account, createdAt: this.clock.now() });
    await this.events.publish(new UserRegistered(user, how));
    return user;
  }

  findById(id: string): Promise<User | null> {
    return this.users.findById(id);
  }

  /** @param login a user name or an e-mail address, as typed */
  findByLogin(login: string): Promise<User | null> {
    const { kind, canonical } = readLogin(login);
    return kind === 'email'
      ? this.users.findByEmail(canonical)
      : this.users.findByUsername(canonical);
  }

  findByIdentity(identity: Identity): Promise<User | null> {
    return this.users.findByIdentity(identity);
  }

  /** @param email as typed or as a provider gave it */
  findByEmail(email: string): Promise<User | null> {
    return this.users.findByEmail(canonicalEmail(email));
  }

  /** @throws UsernameTaken, AccountChangedMeanwhile */
  async changeProfile(user: User, profile: Profile): Promise<User> {
    const changed = stillThere(await this.users.updateProfile(user.id, profile));
    await this.events.publish(new ProfileChanged(changed));
    return changed;
  }

  /** @throws EmailAlreadyRegistered, AccountChangedMeanwhile */
  async changeEmail(user: User, email: string): Promise<User> {
    const changed = stillThere(await this.users.updateEmail(user.id, user.sessionEpoch, email));
    await this.events.publish(new EmailChanged(changed, user.email));
    return changed;
  }

  /**
   * Sets the password; every session but those made afterwards is ended by it.
   *
   * @param user as it was when the person proved who they are
   * @throws AccountChangedMeanwhile when another change came first
   */
  async changePassword(user: User, newHash: string): Promise<User> {
    const { id, sessionEpoch } = user;
    const changed = stillThere(
      await this.users.changePassword(id, sessionEpoch, newHash, this.clock.now()),
    );
    await this.events.publish(new PasswordChanged(changed));
    return changed;
  }

  /** Keeps the same password under a newer hash. */
  async renewHash(user: User, newHash: string): Promise<void> {
    if (user.passwordHash !== undefined) {
      await this.users.replaceHash(user.id, user.passwordHash, newHash);
    }
  }

  /**
   * @param sealedToken kept with the identity, when the provider has a use for one
   * @returns the changed account, or null when an identity of this provider is linked already
   * @throws IdentityTaken, AccountChangedMeanwhile
   */
  async link(user: User, identity: Identity, sealedToken?: string): Promise<User | null> {
    const linked = { ...identity, linkedAt: this.clock.now() };
    const changed = await this.users.link(user.id, user.sessionEpoch, linked, sealedToken);
    if (!changed) {
      await this.demandSameEpoch(user);
      return null;
    }
    await this.events.publish(new IdentityLinked(changed, identity));
    return changed;
  }

  /**
   * Takes a linked identity away, never the last way in; every session but those made afterwards is
   * ended by it.
   *
   * @param usableProviders those that are configured
   * @returns the changed account, or null when nothing else opens it or nothing was linked
   * @throws AccountChangedMeanwhile
   */
  async unlink(
    user: User,
    provider: string,
    usableProviders: readonly string[],
  ): Promise<User | null> {
    const before = await this.users.unlink(user.id, user.sessionEpoch, provider, usableProviders);
    const identity = before?.identities.find((each) => each.provider === provider);
    if (!before || !identity) {
      await this.demandSameEpoch(user);
      return null;
    }
    await this.events.publish(new IdentityUnlinked(before, identity));
    const identities = before.identities.filter((each) => each !== identity);
    return { ...before, identities, sessionEpoch: before.sessionEpoch + 1 };
  }

  /** Replaces the sealed token of an identity. */
  keepToken(identity: Identity, sealedToken: string): Promise<void> {
    return this.users.keepToken(identity, sealedToken);
  }

  /** Notes that the person showed control of an address; nothing happens when it is not theirs. */
  verifyEmail(user: User, email: string): Promise<void> {
    return this.users.verifyEmail(user.id, canonicalEmail(email), this.clock.now());
  }

  /**
   * Takes an address away from an account that never proved it; its person is told at the next login.
   *
   * @returns whether the account had it, unproved
   */
  async releaseEmail(userId: string, email: string): Promise<boolean> {
    const released = await this.users.releaseEmail(userId, canonicalEmail(email), this.clock.now());
    if (released) await this.events.publish(new EmailMoved(userId));
    return released;
  }

  /** Notes that the person was told about the address that went away. */
  forgetMovedEmail(user: User): Promise<void> {
    return this.users.forgetMovedEmail(user.id);
  }

  /**
   * Removes the account with everything in it; listeners end its sessions. A second call does nothing.
   *
   * @param user as it was when the person proved who they are
   * @throws AccountChangedMeanwhile when its sessions were ended since
   */
  async delete(user: User): Promise<void> {
    const deleted = await this.users.delete(user.id, user.sessionEpoch);
    if (deleted) await this.events.publish(new UserDeleted(deleted));
    else if (await this.users.findById(user.id)) throw new AccountChangedMeanwhile();
  }

  private async demandSameEpoch({ id, sessionEpoch }: User): Promise<void> {
    const current = stillThere(await this.users.findById(id));
    if (current.sessionEpoch !== sessionEpoch) throw new AccountChangedMeanwhile();
  }
}

function stillThere(user: User | null): User {
  if (!user) throw new AccountChangedMeanwhile();
  return user;
}
