import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { AccountChanges } from './account-changes.js';
import { EmailChanged, EmailVerified } from './account.events.js';
import { type ClaimObstacle, EmailClaims, isSameEmail } from './email-claims.js';
import { VERIFIED_PLACE } from './email-places.js';
import type { Session, SessionChange } from './session.js';
import { EmailAlreadyRegistered } from './user.errors.js';
import type { User } from './user.js';

/** What comes of a person's control of an address. */
export type Verification =
  | 'verified'
  /** Another account has verified it before. */
  | 'taken'
  /** The account has another address by now, or none. */
  | 'not-theirs';

/** The verbs on the addresses of accounts. */
@Injectable()
export class EmailsService {
  constructor(
    private readonly claims: EmailClaims,
    private readonly changes: AccountChanges,
    private readonly clock: Clock,
  ) {}

  /**
   * Sets an address that the account has not verified. What it has already stays as it is.
   *
   * @param sessions what it does to them: whoever got in before is out
   * @param waits the obstacles at which the account gets the address without a claim
   * @throws EmailAlreadyRegistered, AccountChangedMeanwhile
   */
  change(
    user: User,
    email: string,
    sessions: SessionChange = { end: 'all' },
    waits: readonly ClaimObstacle[] = [],
  ): Promise<User> {
    return this.claims.claim(email, user.id, waits, (emailPlace) => {
      const emailSince = this.clock.now();
      const claim = { email, emailPlace, emailSince, emailVerifiedAt: null, emailMovedAt: null };
      return this.changes.change(user, (current) =>
        current.email === email
          ? { change: { sessions } }
          : { change: { ...claim, sessions }, event: new EmailChanged(current) },
      );
    });
  }

  /**
   * Notes that the person showed control of an address. All others who claim it lose it.
   *
   * @throws AccountChangedMeanwhile
   */
  async verify(
    user: User & { readonly session?: Session | undefined },
    email: string,
  ): Promise<Verification> {
    let isTheirs = false;
    try {
      await this.changes.change(user, (current) => {
        const { email: own, emailVerifiedAt } = current;
        isTheirs = own !== undefined && isSameEmail(own, email);
        if (own === undefined || !isTheirs || emailVerifiedAt) return null;
        return {
          change: { email: own, emailPlace: VERIFIED_PLACE, emailVerifiedAt: this.clock.now() },
          event: new EmailVerified(current),
        };
      });
    } catch (error) {
      if (error instanceof EmailAlreadyRegistered) return 'taken';
      throw error;
    }
    if (!isTheirs) return 'not-theirs';
    await this.claims.settle(user.id, email);
    return 'verified';
  }

  /** Notes that the person has dealt with the address that went away. */
  async forgetMoved(user: User): Promise<void> {
    await this.changes.change(user, () => ({ change: { emailMovedAt: null } }));
  }
}
