import { Injectable } from '@nestjs/common';
import { isDate, MOST_AHEAD } from '../../core/clock.js';
import { AccountChanges } from '../account-changes.js';
import { AccountUndone, SessionsEndedByMail } from '../account.events.js';
import { EmailClaims } from '../email-claims.js';
import { VERIFIED_PLACE } from '../email-places.js';
import { PasskeyOwners } from '../factors/passkey-owners.js';
import { factorsUndone } from '../factors/undone-factors.js';
import { storedFactors } from '../factors/former-factors.js';
import type { FormerIdentity, LinkedIdentity } from '../identity.js';
import { formerEmails, formerIdentities, formerUsernames, storedIdentities } from './former.js';
import {
  EmailAlreadyRegistered,
  IdentityTaken,
  PasskeyTaken,
  UsernameTaken,
} from '../user.errors.js';
import type { User, UserChange } from '../user.js';
import { UsersService } from '../users.service.js';

/** What somebody did who was not the owner, and the mailbox that says so. */
export interface Disavowal {
  /** When it was done: it goes, and what followed it; nothing older does. */
  readonly since: Date;
  /** Where the account's mails went then, in the account's spelling. */
  readonly mailbox: string;
}

/** What another account has by now. */
interface Taken {
  readonly mailbox: boolean;
  readonly username: boolean;
}

/** A round is lost when another account takes, between look-up and write, what would come back: seldom once. */
const MAX_ROUNDS = 3;

/**
 * "This wasn't me": takes back what a thief has done, for whoever reads the mailbox that the account had
 * verified before. Of two mailboxes the older one wins: what it undoes takes the newer one's power.
 */
@Injectable()
export class AccountUndo {
  constructor(
    private readonly users: UsersService,
    private readonly claims: EmailClaims,
    private readonly passkeys: PasskeyOwners,
    private readonly changes: AccountChanges,
  ) {}

  /**
   * Ends all sessions, takes the password away, and undoes what was done since: by one write.
   *
   * @returns the account; null when the mailbox has no power over it
   * @throws AccountChangedMeanwhile
   */
  async undo(user: User, disavowal: Disavowal): Promise<User | null> {
    // Another account may have got the mailbox or the user name since, where it was given up: what the
    // thief put there goes all the same.
    let taken: Taken = { mailbox: false, username: false };
    for (let round = 0; ; round++) {
      // After some rounds nothing comes back any more.
      const foreign = round < MAX_ROUNDS ? await this.takenElsewhere(user) : null;
      try {
        const undone = await this.changes.change(user, (current, now) => {
          const change = restored(current, disavowal, now, foreign, taken);
          return change && { change, event: new AccountUndone(current, change.identities) };
        });
        if (undone?.email !== undefined) await this.claims.settle(undone.id, undone.email);
        return undone;
      } catch (error) {
        if (error instanceof EmailAlreadyRegistered && !taken.mailbox) {
          taken = { ...taken, mailbox: true };
        } else if (error instanceof UsernameTaken && !taken.username) {
          taken = { ...taken, username: true };
        } else if (!isTaken(error) || foreign === null) throw error;
      }
    }
  }

  /**
   * Ends all sessions and cancels what waits, and changes nothing else: for a recovery that the owner did
   * not ask for.
   *
   * @returns the account; null when the mailbox has no power over it
   * @throws AccountChangedMeanwhile
   */
  async endSessions(user: User, disavowal: Disavowal): Promise<User | null> {
    return this.changes.change(user, (current, now) =>
      powerOf(disavowal, current, now)
        ? {
            change: { pendingEmail: null, factorReset: null, sessions: { end: 'all' } },
            event: new SessionsEndedByMail(current),
          }
        : null,
    );
  }

  /** Whether mails to the mailbox may still undo what happened then. */
  hasPower(user: User, disavowal: Disavowal, now: Date): boolean {
    return powerOf(disavowal, user, now) !== null;
  }

  /**
   * @returns the keys of the account's former identities, and the ids of its former passkeys, that are
   *   another account's by now; no text is both
   */
  private async takenElsewhere(user: User): Promise<Set<string>> {
    const keys = storedIdentities(user).map(({ key }) => key);
    const ids = storedFactors(user).passkeys.map(({ id }) => id);
    const found = await Promise.all([
      ...keys.map((key) => this.users.findByIdentity(key)),
      ...ids.map((id) => this.passkeys.find(id)),
    ]);
    return new Set([...keys, ...ids].filter((_, n) => found[n] && found[n].id !== user.id));
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof IdentityTaken || error instanceof PasskeyTaken;
}

/**
 * Since when the mailbox was verified: it had been when it was done, and was not given up before. One that was
 * verified in the same instant is the newer one.
 */
function powerOf({ since, mailbox }: Disavowal, user: User, now: Date): Date | null {
  const { email, emailVerifiedAt } = user;
  if (isUndone(user, since, now)) return null;
  if (email === mailbox && emailVerifiedAt && emailVerifiedAt < since) return emailVerifiedAt;
  const former = formerEmails(user, now).find(
    (each) => each.email === mailbox && each.verifiedAt < since && since <= each.replacedAt,
  );
  return former?.verifiedAt ?? null;
}

// Otherwise another mail about the same thief would take away what the owner has set up since. By an end that a
// clock has set that was ahead, no mail would have power until then.
function isUndone({ undone }: User, since: Date, now: Date): boolean {
  if (!isDate(undone?.since) || !isDate(undone.at)) return false;
  const isAhead = undone.at.getTime() - now.getTime() > MOST_AHEAD;
  return undone.since <= since && since < undone.at && !isAhead;
}

/** @param foreign keys that can't come back; null: none comes back */
function restored(
  user: User,
  disavowal: Disavowal,
  now: Date,
  foreign: Set<string> | null,
  taken: Taken,
): (UserChange & Pick<User, 'identities'>) | null {
  const { since, mailbox } = disavowal;
  const verifiedAt = powerOf(disavowal, user, now);
  if (!verifiedAt) return null;
  const kept = user.identities.filter(({ linkedAt }) => linkedAt < since);
  const gone = formerIdentities(user, now);
  const back = foreign ? gone.filter(mayComeBack(since, kept, foreign)) : [];
  const password = { passwordHash: null, passwordChangedAt: now };
  const sessions = { end: 'all' } as const;
  return {
    ...password,
    ...factorsUndone(user, since, now, foreign),
    sessions,
    pendingEmail: null,
    factorReset: null,
    identities: [...kept, ...back.map(asLinked)],
    formerIdentities: gone.filter(({ unlinkedAt }) => unlinkedAt < since),
    formerEmails: formerEmails(user, now).filter(({ replacedAt }) => replacedAt < since),
    ...(isCurrent(user, mailbox, verifiedAt)
      ? {}
      : addressBack(mailbox, verifiedAt, taken.mailbox)),
    ...usernameBack(user, since, now, taken.username),
    undone: { since, at: now },
  };
}

// The name of then is the first that was replaced since; the one of now stays where somebody else has it.
function usernameBack(user: User, since: Date, now: Date, taken: boolean): UserChange {
  const former = formerUsernames(user, now);
  const first = former.find(({ replacedAt }) => replacedAt >= since);
  if (!first) return {};
  return {
    formerUsernames: former.filter(({ replacedAt }) => replacedAt < since),
    ...(!taken && { username: first.username }),
  };
}

function isCurrent({ email, emailVerifiedAt }: User, mailbox: string, verifiedAt: Date): boolean {
  return email === mailbox && emailVerifiedAt?.getTime() === verifiedAt.getTime();
}

function addressBack(mailbox: string, verifiedAt: Date, taken: boolean): UserChange {
  if (taken) return { email: null, emailSince: null, emailVerifiedAt: null };
  const dates = { emailSince: verifiedAt, emailVerifiedAt: verifiedAt };
  return { email: mailbox, emailPlace: VERIFIED_PLACE, ...dates };
}

function asLinked(former: FormerIdentity): LinkedIdentity {
  const { unlinkedAt: _, ...identity } = former;
  return identity;
}

// An account has one identity of a provider.
function mayComeBack(since: Date, kept: readonly { provider: string }[], foreign: Set<string>) {
  const seen = new Set(kept.map(({ provider }) => provider));
  return ({ key, provider, unlinkedAt, linkedAt }: FormerIdentity): boolean => {
    // What was linked since is none of the owner's.
    const isOwners = unlinkedAt >= since && linkedAt < since;
    if (!isOwners || foreign.has(key) || seen.has(provider)) return false;
    seen.add(provider);
    return true;
  };
}
