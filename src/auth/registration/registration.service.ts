import { Injectable } from '@nestjs/common';
import { Clock, MINUTE } from '../../core/clock.js';
import { canonicalEmail } from '../../users/names/email-address.js';
import { EmailAlreadyRegistered, UsernameTaken } from '../../users/user.errors.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { VerificationPolicy } from '../verification/verification-policy.js';
import { RegistrationThrottle } from './registration-throttle.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { PasswordPolicy } from '../passwords/password-policy.js';
import { PASSWORD, PasswordsService } from '../passwords/passwords.service.js';
import type { TryOrigin } from '../session/known-device.js';
import { WrongCredentials } from '../session/session.errors.js';

/** What a person has typed and the form has checked; the password is checked here. */
export interface Registration {
  readonly username: string;
  readonly name: string | null;
  readonly email: string;
  readonly password: string;
}

/** A form that is sent twice comes twice within this time. */
const REPEATED_WITHIN = 2 * MINUTE;

/** Makes accounts that start with a password. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly hasher: PasswordHasher,
    private readonly policy: PasswordPolicy,
    private readonly throttle: RegistrationThrottle,
    private readonly verification: VerificationPolicy,
    private readonly clock: Clock,
  ) {}

  /**
   * @param originAt where the form comes from, as an account knows it; null: as nobody does
   * @returns the account, and whether it is new: the same form may have just made it, its button pressed twice
   * @throws TooBusy, TooManyAttempts, UnacceptablePassword, UsernameTaken, EmailAlreadyRegistered
   */
  async register(
    registration: Registration,
    originAt: (account: User | null) => TryOrigin,
  ): Promise<{ user: User; isNew: boolean }> {
    const { password, name, ...names } = registration;
    const account = { ...names, ...(name !== null && { name }) };
    this.policy.check(password, account, 'password');
    try {
      const user = await this.throttle.register(originAt(null).network, async () => {
        const passwordHash = await this.hasher.hash(password);
        const { waits } = this.verification;
        return this.users.register({ ...account, passwordHash, identities: [] }, PASSWORD, waits);
      });
      return { user, isNew: true };
    } catch (error) {
      const isTaken = error instanceof UsernameTaken || error instanceof EmailAlreadyRegistered;
      const twin = isTaken ? await this.madeJustNow(registration) : null;
      if (!twin) throw error;
      const user = await this.logIn(twin, registration, originAt(twin));
      return { user, isNew: false };
    }
  }

  /** @returns the account that a form with these names has just made; its password may be another */
  async madeJustNow({ username, email, name }: Partial<Registration>): Promise<User | null> {
    if (username === undefined || email === undefined || name === undefined) return null;
    const [user] = await this.users.findByLogin(username);
    if (!user) return null;
    const age = this.clock.now().getTime() - user.createdAt.getTime();
    // Made in the future by a clock that was wrong: for years it would be the one that was just made.
    if (!(Math.abs(age) <= REPEATED_WITHIN)) return null;
    const same =
      user.username === username &&
      user.email !== undefined &&
      canonicalEmail(user.email) === canonicalEmail(email) &&
      (user.name ?? null) === name;
    return same ? user : null;
  }

  // It counts as a log-in: otherwise a form like this would try passwords without a limit.
  private async logIn(
    twin: User,
    { username, password }: Registration,
    origin: TryOrigin,
  ): Promise<User> {
    try {
      return await this.passwords.verifyLogin(username, twin, password, origin);
    } catch (error) {
      throw error instanceof WrongCredentials ? new UsernameTaken() : error;
    }
  }
}
