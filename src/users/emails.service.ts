import { Injectable } from '@nestjs/common';
import { AccountChanges } from './account-changes.js';
import {
  AccountRecovered,
  EmailChangeAsked,
  EmailChangeCancelled,
  EmailChanged,
  EmailVerified,
} from './account.events.js';
import { type ClaimObstacle, EmailClaims, isSameEmail } from './email-claims.js';
import { VERIFIED_PLACE } from './email-places.js';
import { factorsUndone } from './factors/undone-factors.js';
import { formerEmails, MAX_FORMER_EMAILS, withEmail } from './undo/former.js';
import type { LinkedIdentity } from './identity.js';
import type { Session, SessionChange } from './session.js';
import {
  AccountChangedMeanwhile,
  EmailAlreadyRegistered,
  TooManyEmailChanges,
} from './user.errors.js';
import type { User } from './user.js';

/** What comes of a person's control of an address. */
export type Verification =
  | 'verified'
  /** Another account has verified it before. */
  | 'taken'
  /** The account has another address by now, or none. */
  | 'not-theirs';

/** What came of a recovery. */
export interface Recovered {
  readonly user: User;
  /** What was linked before anybody had shown control of the address, and is taken off: perhaps a stranger's. */
  readonly removed: readonly LinkedIdentity[];
  /** How many passkeys went for the same reason. */
  readonly passkeys: number;
  /** Whether an authenticator app did. */
  readonly authenticator: boolean;
}

const NOTHING: Omit<Recovered, 'user'> = { removed: [], passkeys: 0, authenticator: false };
/** Long before any account: nothing of it is older. */
const EVER = new Date(0);

/** The verbs on the addresses of accounts. */
@Injectable()
export class EmailsService {
  constructor(
    private readonly claims: EmailClaims,
    private readonly changes: AccountChanges,
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
    const lost = { emailVerifiedAt: null, emailMovedAt: null };
    return this.claims.claim(email, user.id, waits, (emailPlace) =>
      this.changes.change(user, (current, emailSince) => {
        if (current.email === email) return { change: { sessions } };
        // Its person verified the address in the meantime: it is changed by `ask` alone now.
        if (current.emailVerifiedAt && !user.emailVerifiedAt) throw new AccountChangedMeanwhile();
        return {
          change: { email, emailPlace, emailSince, ...lost, pendingEmail: null, sessions },
          event: new EmailChanged(current),
        };
      }),
    );
  }

  /**
   * Notes the address that takes the place of the verified one as soon as it is verified itself: a typing
   * mistake loses nobody their account, and a thief can't take it over unseen. A newer one takes the place
   * of the one before.
   *
   * @param sessions as for `change`
   * @throws TooManyEmailChanges, AccountChangedMeanwhile
   */
  ask(user: User, email: string, sessions: SessionChange = { end: 'all' }): Promise<User> {
    return this.changes.change(user, (current, askedAt) => {
      if (current.email === email) {
        const cancelled = current.pendingEmail && { event: new EmailChangeCancelled(current) };
        return { change: { pendingEmail: null, sessions }, ...cancelled };
      }
      if (formerEmails(current, askedAt).length >= MAX_FORMER_EMAILS) {
        throw new TooManyEmailChanges();
      }
      return {
        change: { pendingEmail: { email, askedAt }, sessions },
        event: new EmailChangeAsked(current),
      };
    });
  }

  /**
   * The address waits no more; nothing happens when another one waits by now.
   *
   * @param by who asked for it: the account's person, or whoever reads the mails to the address that waits
   * @throws AccountChangedMeanwhile
   */
  async cancel(user: User, email: string, by: 'person' | 'mailbox' = 'person'): Promise<void> {
    await this.changes.change(user, (current) =>
      current.pendingEmail?.email === email
        ? {
            change: { pendingEmail: null },
            event: new EmailChangeCancelled(current, by === 'mailbox'),
          }
        : null,
    );
  }

  /**
   * Notes that the person showed control of an address: of the account's own, or of the one that waits to
   * take its place. All others who claim it lose it.
   *
   * @throws AccountChangedMeanwhile
   */
  async verify(
    user: User & { readonly session?: Session | undefined },
    email: string,
  ): Promise<Verification> {
    let isTheirs = false;
    try {
      await this.changes.change(user, (current, now) => {
        const { email: own, emailVerifiedAt, pendingEmail } = current;
        const waits = isSameEmail(pendingEmail?.email, email);
        isTheirs = waits || isSameEmail(own, email);
        if (pendingEmail && waits) {
          return {
            change: withEmail(current, pendingEmail.email, now),
            event: new EmailChanged(current),
          };
        }
        if (own === undefined || !isTheirs || emailVerifiedAt) return null;
        return {
          change: { email: own, emailPlace: VERIFIED_PLACE, emailVerifiedAt: now },
          event: new EmailVerified(current, user.session === undefined),
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

  /**
   * Gives an account to whoever controls its address: sets the password, ends all sessions, and cancels a
   * change of the address and a reset of the second factors, whoever asked for them. Before anybody had shown control of the address a stranger could link what they
   * liked (Sudhodanan and Paverd 2022), and set up a factor that shuts its owner out: then all of that goes,
   * and the address is verified.
   *
   * @param isAsThen whether the account is still as it was when its mailbox was asked
   * @returns null when it is not as it was, or only claims the address while an earlier mailbox has power
   * @throws EmailAlreadyRegistered when another account has verified the address, AccountChangedMeanwhile
   */
  async recover(
    user: User,
    passwordHash: string,
    isAsThen: (current: User) => boolean,
  ): Promise<Recovered | null> {
    let removed = NOTHING;
    const recovered = await this.changes.change(user, (current, now) => {
      const { email, emailVerifiedAt, identities, passkeys = [], totp } = current;
      const isClaimed = !emailVerifiedAt && formerEmails(current, now).length > 0;
      if (email === undefined || isClaimed || !isAsThen(current)) return null;
      // Whoever typed the address before its owner came may have what the account has.
      removed = emailVerifiedAt
        ? NOTHING
        : { removed: identities, passkeys: passkeys.length, authenticator: totp !== undefined };
      const owned = { email, emailPlace: VERIFIED_PLACE, emailVerifiedAt: now };
      const others = { identities: [], ...factorsUndone(current, EVER, now, null) };
      const password = { passwordHash, passwordChangedAt: now };
      return {
        change: {
          ...password,
          pendingEmail: null,
          factorReset: null,
          sessions: { end: 'all' },
          ...(!emailVerifiedAt && { ...owned, ...others }),
        },
        event: new AccountRecovered(current, removed.removed),
      };
    });
    if (!recovered?.email) return null;
    await this.claims.settle(recovered.id, recovered.email);
    return { user: recovered, ...removed };
  }

  /** Notes that the person has dealt with the address that went away. */
  async forgetMoved(user: User): Promise<void> {
    await this.changes.change(user, () => ({ change: { emailMovedAt: null } }));
  }
}
