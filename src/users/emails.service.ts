import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { AccountChanges } from './account-changes.js';
import { EmailChanged, EmailMoved, EmailVerified } from './account.events.js';
import { canonicalEmail } from './names/email-address.js';
import type { Session, SessionChange } from './session.js';
import type { User } from './user.js';
import { UserRepository } from './user.repository.js';

/** The verbs on the addresses of accounts. */
@Injectable()
export class EmailsService {
  constructor(
    private readonly users: UserRepository,
    private readonly changes: AccountChanges,
    private readonly clock: Clock,
  ) {}

  /**
   * Sets an address that nobody has verified yet.
   *
   * @param sessions what it does to them: whoever got in before is out
   * @throws EmailAlreadyRegistered, AccountChangedMeanwhile
   */
  change(user: User, email: string, sessions: SessionChange = { end: 'all' }): Promise<User> {
    return this.changes.change(user, (current) => ({
      change: { email, emailVerifiedAt: null, emailMovedAt: null, sessions },
      event: new EmailChanged(current),
    }));
  }

  /** Notes that the person showed control of an address; nothing happens when it is not theirs. */
  async verify(
    user: User & { readonly session?: Session | undefined },
    email: string,
  ): Promise<void> {
    await this.changes.change(user, (current) =>
      current.emailVerifiedAt === undefined && isSameEmail(current.email, email)
        ? { change: { emailVerifiedAt: this.clock.now() }, event: new EmailVerified(current) }
        : null,
    );
  }

  /**
   * Takes an address away from an account that never verified it; its person is told until they have dealt with it.
   *
   * @returns whether the account had it, unverified
   */
  async release(userId: string, email: string): Promise<boolean> {
    const user = await this.users.findById(userId);
    if (!user) return false;
    const changed = await this.changes.change(user, (current) =>
      current.emailVerifiedAt === undefined && isSameEmail(current.email, email)
        ? {
            change: { email: null, emailMovedAt: this.clock.now() },
            event: new EmailMoved(current),
          }
        : null,
    );
    return changed !== null;
  }

  /** Notes that the person has dealt with the address that went away. */
  async forgetMoved(user: User): Promise<void> {
    await this.changes.change(user, () => ({ change: { emailMovedAt: null } }));
  }
}

function isSameEmail(one: string | undefined, other: string): boolean {
  return one !== undefined && canonicalEmail(one) === canonicalEmail(other);
}
