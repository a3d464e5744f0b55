import { Injectable } from '@nestjs/common';
import { TooBusy, TooManyAttempts } from '../../core/domain-error.js';
import { Events } from '../../core/events.js';
import { readLogin } from '../../users/login-identifier.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import {
  CurrentPasswordMissing,
  UnacceptablePassword,
  WrongCredentials,
  WrongCurrentPassword,
} from '../auth.errors.js';
import { LoginFailed } from '../auth.events.js';
import { LoginThrottle, type Origin } from './login-throttle.js';
import { PasswordHasher } from './password-hasher.js';
import { PASSWORD_MAX_LENGTH, passwordLength, PasswordPolicy } from './password-policy.js';

/** What a person who registers has typed and the form has checked; the password is checked here. */
export interface Registration {
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** Everything about passwords: set, verified, changed. */
@Injectable()
export class PasswordsService {
  constructor(
    private readonly users: UsersService,
    private readonly hasher: PasswordHasher,
    private readonly policy: PasswordPolicy,
    private readonly throttle: LoginThrottle,
    private readonly events: Events,
  ) {}

  /**
   * @param network the client's, as `clientNetwork` gives it
   * @throws TooManyAttempts, TooBusy, UnacceptablePassword, UsernameTaken, EmailAlreadyRegistered
   */
  async register(account: Registration, network: string | null): Promise<User> {
    await this.throttle.registration(network);
    const { password, ...rest } = account;
    this.policy.check(password, rest, 'password');
    const passwordHash = await this.hasher.hash(password);
    return this.users.register({ ...rest, passwordHash }, 'password');
  }

  /**
   * @param login as typed; for the counter of an account that does not exist
   * @param user the account that it leads to
   * @throws WrongCredentials, TooManyAttempts, TooBusy
   */
  async verifyLogin(
    login: string,
    user: User | null,
    password: string,
    origin: Origin,
  ): Promise<User> {
    // The same name in any spelling has the same counter.
    const account = user?.id ?? `unknown ${readLogin(login).canonical}`;
    if (!(await this.verified(account, user, password, origin, 'login')) || !user) {
      throw new WrongCredentials();
    }
    await this.renewHash(user, password);
    return user;
  }

  /**
   * Asks the person signed in for their password again, under the same limits as a login.
   *
   * @param door the sensitive step, for the log
   * @throws CurrentPasswordMissing, WrongCurrentPassword, TooManyAttempts, TooBusy
   */
  async verifyCurrentPassword(
    user: User,
    password: string | undefined,
    origin: Origin,
    door: string,
  ): Promise<void> {
    if (!password) throw new CurrentPasswordMissing();
    if (!(await this.verified(user.id, user, password, origin, door))) {
      throw new WrongCurrentPassword();
    }
  }

  /**
   * Sets a new password; call it with proof of the person in hand.
   *
   * @throws UnacceptablePassword, AccountChangedMeanwhile, TooBusy
   */
  async changePassword(user: User, newPassword: string): Promise<User> {
    this.policy.check(newPassword, user, 'newPassword');
    if (user.passwordHash && (await this.hasher.verify(newPassword, user.passwordHash))) {
      throw new UnacceptablePassword('password-same', 'newPassword');
    }
    return this.users.changePassword(user, await this.hasher.hash(newPassword));
  }

  /** A crowd in front of the hasher must not turn away a person whose password was right: next time. */
  private async renewHash(user: User, password: string): Promise<void> {
    if (user.passwordHash === undefined || !this.hasher.isOutdated(user.passwordHash)) return;
    try {
      await this.users.renewHash(user, await this.hasher.hash(password));
    } catch (error) {
      if (!(error instanceof TooBusy)) throw error;
    }
  }

  private async verified(
    account: string,
    user: User | null,
    password: string,
    origin: Origin,
    door: string,
  ): Promise<boolean> {
    try {
      const right = await this.throttle.guard(account, origin, async () => {
        // Too long to be anybody's: refused before hashing, like any wrong one.
        if (passwordLength(password) > PASSWORD_MAX_LENGTH) return false;
        return this.hasher.verify(password, user?.passwordHash);
      });
      if (!right) await this.events.publish(new LoginFailed(user?.id ?? null, door));
      return right;
    } catch (error) {
      if (error instanceof TooManyAttempts) {
        await this.events.publish(new LoginFailed(user?.id ?? null, door, 'limit'));
      }
      throw error;
    }
  }
}
