import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { Events } from '../core/events.js';
import { AccountChangedMeanwhile } from './user.errors.js';
import {
  EmailChanged,
  PasswordChanged,
  ProfileChanged,
  UserDeleted,
  UserRegistered,
} from './user.events.js';
import {
  canonicalEmail,
  canonicalUsername,
  type NewUser,
  type Profile,
  type User,
} from './user.js';
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
   * @throws UsernameTaken, EmailAlreadyRegistered
   */
  async register(account: Omit<NewUser, 'createdAt'>, how: string): Promise<User> {
    const user = await this.users.insert({ ...account, createdAt: this.clock.now() });
    await this.events.publish(new UserRegistered(user, how));
    return user;
  }

  findById(id: string): Promise<User | null> {
    return this.users.findById(id);
  }

  /** @param login a user name or an e-mail address, as typed; a user name can't hold an "@" */
  findByLogin(login: string): Promise<User | null> {
    return login.includes('@')
      ? this.users.findByEmail(canonicalEmail(login))
      : this.users.findByUsername(canonicalUsername(login));
  }

  /** @throws UsernameTaken, AccountChangedMeanwhile */
  async changeProfile(user: User, profile: Profile): Promise<User> {
    const changed = stillThere(await this.users.updateProfile(user.id, profile));
    await this.events.publish(new ProfileChanged(changed));
    return changed;
  }

  /** @throws EmailAlreadyRegistered, AccountChangedMeanwhile */
  async changeEmail(user: User, email: string): Promise<User> {
    const changed = stillThere(await this.users.updateEmail(user.id, email));
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
    const expected = user.passwordHash ?? null;
    const changed = stillThere(
      await this.users.changePassword(user.id, expected, newHash, this.clock.now()),
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

  /** Removes the account with everything in it; listeners end its sessions. A second call does nothing. */
  async delete(user: User): Promise<void> {
    if (await this.users.delete(user.id)) await this.events.publish(new UserDeleted(user));
  }
}

function stillThere(user: User | null): User {
  if (!user) throw new AccountChangedMeanwhile();
  return user;
}
