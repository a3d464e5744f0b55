import { Injectable } from '@nestjs/common';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { PasswordPolicy } from '../passwords/password-policy.js';
import { PASSWORD } from '../passwords/passwords.service.js';
import type { RegistrationForm } from './registration.form.js';
import { RegistrationThrottle } from './registration-throttle.js';

/** What a person has typed and the form has checked; the password is checked here. */
type Registration = Pick<RegistrationForm, 'username' | 'name' | 'email' | 'password'>;

/** Makes accounts that start with a password. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly users: UsersService,
    private readonly hasher: PasswordHasher,
    private readonly policy: PasswordPolicy,
    private readonly throttle: RegistrationThrottle,
  ) {}

  /**
   * @param network the client's, for its limit
   * @throws TooManyAttempts, TooBusy, UnacceptablePassword, UsernameTaken, EmailAlreadyRegistered
   */
  async register(
    { password, name, ...names }: Registration,
    network: string | null,
  ): Promise<User> {
    const account = { ...names, ...(name !== '' && { name }) };
    this.policy.check(password, account, 'password');
    return this.throttle.register(network, async () => {
      const passwordHash = await this.hasher.hash(password);
      return this.users.register({ ...account, passwordHash, identities: [] }, PASSWORD);
    });
  }
}
