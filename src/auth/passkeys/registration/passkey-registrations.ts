import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Clock, MINUTE } from '../../../core/clock.js';
import { clientNetwork } from '../../../core/http/client-address.js';
import { Browser } from '../../../core/one-time/browser.js';
import { OneTimeRecords, type Purpose } from '../../../core/one-time/one-time-records.js';
import type { User } from '../../../users/user.js';
import { UsersService } from '../../../users/users.service.js';
import { RegistrationThrottle } from '../../registration/registration-throttle.js';
import { VerificationPolicy } from '../../verification/verification-policy.js';
import type { MadePasskey } from '../ceremonies.js';
import { PASSKEY } from '../passkey-ways.js';

/** What was typed, before there is a passkey. */
export interface PendingRegistration {
  readonly username: string;
  readonly email: string;
  readonly name: string | null;
  readonly remember: boolean;
  /** Vetted. */
  readonly next: string | null;
}

const REGISTRATION: Purpose = { name: 'passkey registration', lifetime: 30 * MINUTE };

/** Registrations with a passkey instead of a password: the names wait for it in a record of the browser. */
@Injectable()
export class PasskeyRegistrations {
  constructor(
    private readonly records: OneTimeRecords,
    private readonly browser: Browser,
    private readonly users: UsersService,
    private readonly throttle: RegistrationThrottle,
    private readonly verification: VerificationPolicy,
    private readonly clock: Clock,
  ) {}

  /** Keeps it for the browser, under a new id: it can become a login. */
  async keep(request: Request, registration: PendingRegistration): Promise<void> {
    const id = this.browser.renew(request);
    await this.records.issue(REGISTRATION, id, registration, id);
  }

  /** @returns null when there is none */
  async find(request: Request): Promise<PendingRegistration | null> {
    const id = this.browser.idOf(request);
    return id === null ? null : this.records.read<PendingRegistration>(REGISTRATION, id, id);
  }

  /**
   * Makes the account with its passkey by one insert.
   *
   * @throws TooManyAttempts, UsernameTaken, EmailAlreadyRegistered, PasskeyTaken
   */
  async finish(
    request: Request,
    { username, email, name }: PendingRegistration,
    { passkey, userHandle }: MadePasskey,
  ): Promise<User> {
    const account = {
      username,
      email,
      ...(name !== null && { name }),
      identities: [],
      passkeys: [{ ...passkey, addedAt: this.clock.now() }],
      passkeyUserHandle: userHandle,
    };
    const user = await this.throttle.register(clientNetwork(request), () =>
      this.users.register(account, PASSKEY, this.verification.waits),
    );
    const id = this.browser.idOf(request);
    if (id !== null) await this.records.spend(REGISTRATION, id, id);
    return user;
  }
}
