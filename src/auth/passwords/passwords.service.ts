import { Injectable } from '@nestjs/common';
import { TooBusy, TooManyAttempts } from '../../core/domain-error.js';
import { Events } from '../../core/events.js';
import type { AccountEvent } from '../../users/account.events.js';
import { isClaimOf, readLogin } from '../../users/names/login-identifier.js';
import type { SessionChange } from '../../users/session.js';
import { AccountChangedMeanwhile } from '../../users/user.errors.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { type WayIn, WaysIn } from '../../users/ways-in.js';
import type { TryOrigin } from '../session/known-device.js';
import { WrongCredentials } from '../session/session.errors.js';
import { LoginFailed, ReauthenticationFailed } from '../session/session.events.js';
import { LoginThrottle, type PasswordTry } from './login-throttle.js';
import { PasswordHasher } from './password-hasher.js';
import { isTooLong, PasswordPolicy } from './password-policy.js';
import {
  CurrentPasswordMissing,
  UnacceptablePassword,
  WrongCurrentPassword,
} from './password.errors.js';

/** The id of this way in. */
export const PASSWORD = 'password';

/** Everything about passwords: set, verified, changed. */
@Injectable()
export class PasswordsService {
  constructor(
    private readonly users: UsersService,
    private readonly hasher: PasswordHasher,
    private readonly policy: PasswordPolicy,
    private readonly throttle: LoginThrottle,
    private readonly events: Events,
    waysIn: WaysIn,
  ) {
    waysIn.add((user) => [this.wayIn(user)]);
  }

  /**
   * @param login as typed; it has a counter of its own
   * @param user the account that it leads to
   * @throws WrongCredentials, TooManyAttempts, TooBusy
   */
  async verifyLogin(
    login: string,
    user: User | null,
    password: string,
    origin: TryOrigin,
  ): Promise<User> {
    // The same name in any spelling has the same counter.
    const name = readLogin(login).canonical;
    const tried = { account: user?.id ?? `unknown ${name}`, name, origin };
    const isClaim = isClaimOf(login, user);
    const failed = (reason: string) => new LoginFailed(user?.id ?? null, PASSWORD, reason, isClaim);
    if (!(await this.verified(tried, user, password, failed)) || !user) {
      throw new WrongCredentials();
    }
    await this.renewHash(user, password);
    return user;
  }

  /**
   * Asks the person signed in for their password again, under the same limits as a login.
   *
   * @param step what asks, for the log
   * @throws CurrentPasswordMissing, WrongCurrentPassword, TooManyAttempts, TooBusy
   */
  async verifyCurrentPassword(
    user: User,
    password: string | undefined,
    origin: TryOrigin,
    step: string,
  ): Promise<void> {
    if (!password) throw new CurrentPasswordMissing();
    const failed = (reason: string) => new ReauthenticationFailed(user.id, step, reason);
    const tried = { account: user.id, name: null, origin };
    if (!(await this.verified(tried, user, password, failed))) {
      throw new WrongCurrentPassword();
    }
  }

  /**
   * Sets a new password; call it for a person who has re-authenticated.
   *
   * @param sessions what it does to them
   * @throws UnacceptablePassword, AccountChangedMeanwhile, TooBusy
   */
  async changePassword(user: User, newPassword: string, sessions: SessionChange): Promise<User> {
    this.policy.check(newPassword, user, 'newPassword');
    if (user.passwordHash && (await this.hasher.verify(newPassword, user.passwordHash))) {
      throw new UnacceptablePassword('password-same', 'newPassword');
    }
    return this.users.changePassword(user, await this.hasher.hash(newPassword), sessions);
  }

  private wayIn({ passwordHash, passwordChangedAt, createdAt }: User): WayIn {
    return {
      id: PASSWORD,
      label: { key: 'ways-in.password' },
      since: passwordHash === undefined ? null : (passwordChangedAt ?? createdAt),
      opens: passwordHash !== undefined && this.hasher.canVerify(passwordHash),
      stored: passwordHash === undefined ? null : { kind: PASSWORD, changedAt: passwordChangedAt },
      available: true,
      settings: { page: '/settings/password' },
      reauthentication: 'password',
    };
  }

  /**
   * A login goes on though the hash can't be renewed now, because the hasher is busy or the account was
   * changed meanwhile: the next login renews it. `LoginSession` refuses a password that was changed.
   */
  private async renewHash(user: User, password: string): Promise<void> {
    if (user.passwordHash === undefined || !this.hasher.isOutdated(user.passwordHash)) return;
    try {
      await this.users.renewHash(user, await this.hasher.hash(password));
    } catch (error) {
      const passing = error instanceof TooBusy || error instanceof AccountChangedMeanwhile;
      if (!passing) throw error;
    }
  }

  private async verified(
    tried: PasswordTry,
    user: User | null,
    password: string,
    failed: (reason: string) => AccountEvent,
  ): Promise<boolean> {
    try {
      const outcome = await this.throttle.guard(tried, async (isOpen) => {
        // Nobody's password is that long: it is refused before hashing, like any wrong one.
        if (isTooLong(password)) return false;
        return this.hasher.verify(password, isOpen ? user?.passwordHash : undefined);
      });
      if (outcome === 'right') return true;
      await this.events.publish(failed(outcome === 'limit' ? outcome : this.reasonFor(user)));
      return false;
    } catch (error) {
      if (error instanceof TooManyAttempts) await this.events.publish(failed('limit'));
      throw error;
    }
  }

  // For the operator: no password opens such an account any more, and the page must not tell.
  private reasonFor(user: User | null): string {
    const { passwordHash } = user ?? {};
    const usable = passwordHash === undefined || this.hasher.canVerify(passwordHash);
    return usable ? 'wrong-password' : 'unusable-hash';
  }
}
