import { randomId } from '../core/crypto/random.js';
import { DomainEvent, type RequestOrigin } from '../core/events.js';
import type { Identity, LinkedIdentity } from './identity.js';
import type { User } from './user.js';

/** Whom a notice of an event is for. */
export interface Addressee {
  readonly username: string;
  /** The address that the account had verified before; null: none. */
  readonly mailbox: string | null;
}

/** Something that happened to an account, or was tried: log, activity and mail listen to the family. */
export abstract class AccountEvent extends DomainEvent {
  /** Whoever is told of it twice knows it by this. */
  readonly id = randomId();
  private person: Addressee | null = null;
  /** In logs and records: past tense, in kebab case. */
  abstract readonly name: string;
  readonly result: 'success' | 'failure' = 'success';
  /**
   * Whether somebody else may have brought it about who controls the address that the account only claims:
   * its person is not shown where that was. The log has it.
   */
  readonly isByStranger: boolean = false;

  /**
   * @param accountId null when no account has the name that was tried
   * @param facts more about it, fit for a log: no secret and nothing that names a person
   */
  constructor(
    readonly accountId: string | null,
    readonly facts: Readonly<Record<string, string>> = {},
  ) {
    super();
  }

  /** Null: no write of an account has stored the event with it. */
  get addressee(): Addressee | null {
    return this.person;
  }

  /**
   * Notes whose account the event is stored with, and when it happened.
   *
   * @param account as it was before
   */
  happenedTo(account: Addressed, at: Date): void {
    this.person = { username: account.username, mailbox: this.mailboxOf(account) };
    this.happened(at);
  }

  /** The address that a notice may go to. */
  protected mailboxOf({ email, emailVerifiedAt }: Addressed): string | null {
    return (emailVerifiedAt && email) ?? null;
  }
}

type Addressed = Pick<User, 'username' | 'email' | 'emailVerifiedAt'>;

/** A change of an account that is there. */
export abstract class AccountChange extends AccountEvent {
  /** @param user as it was before the change */
  constructor(
    readonly user: User,
    facts: Readonly<Record<string, string>> = {},
  ) {
    super(user.id, facts);
  }
}

export class UserRegistered extends AccountEvent {
  readonly name = 'registered';

  /** @param method the way in that the account starts with */
  constructor(accountId: string, method: string) {
    super(accountId, { method });
  }
}

export class UserDeleted extends AccountChange {
  readonly name = 'deleted';
}

export class ProfileChanged extends AccountChange {
  readonly name = 'profile-changed';
}

/** A new address was given, which takes the place of the verified one once it is verified itself. */
export class EmailChangeAsked extends AccountChange {
  readonly name = 'email-change-asked';
}

/** What a mail brings about as well: then perhaps its reader is not the account's person. */
abstract class PerhapsByMail extends AccountChange {
  constructor(
    user: User,
    override readonly isByStranger = false,
  ) {
    super(user);
  }
}

/** The address waits no more. */
export class EmailChangeCancelled extends PerhapsByMail {
  readonly name = 'email-change-cancelled';
}

export class EmailChanged extends AccountChange {
  readonly name = 'email-changed';
}

export class EmailVerified extends PerhapsByMail {
  readonly name = 'email-verified';
}

/** An address that the account had never verified went to the person who verified it. */
export class EmailMoved extends AccountChange {
  readonly name = 'email-moved';
  override readonly isByStranger = true;
}

export class PasswordChanged extends AccountChange {
  readonly name = 'password-changed';
}

/** Whoever controls its address has got back in, with a new password. */
export class AccountRecovered extends AccountChange {
  readonly name = 'recovered';

  /** @param removed the identities that were taken off with it */
  constructor(
    user: User,
    readonly removed: readonly LinkedIdentity[],
  ) {
    super(
      user,
      removed.length > 0 ? { unlinked: removed.map(({ provider }) => provider).join() } : {},
    );
  }

  /** The recovery itself has verified the address. */
  protected override mailboxOf({ email }: Addressed): string | null {
    return email ?? null;
  }
}

/** The owner said, by a mail to an earlier address, that somebody else did something: it is undone. */
export class AccountUndone extends AccountChange {
  readonly name = 'undone';
  /** What was linked since. */
  readonly removed: readonly LinkedIdentity[];

  /** @param left what is linked afterwards */
  constructor(user: User, left: readonly Identity[]) {
    super(user);
    const keys = new Set(left.map(({ key }) => key));
    this.removed = user.identities.filter(({ key }) => !keys.has(key));
  }
}

/** The owner said, from the mailbox, that it was not they who asked for a recovery. */
export class SessionsEndedByMail extends AccountChange {
  readonly name = 'sessions-ended-by-mail';
}

export class IdentityLinked extends AccountChange {
  readonly name = 'identity-linked';

  constructor(
    user: User,
    readonly identity: Identity,
  ) {
    super(user, { provider: identity.provider });
  }
}

export class IdentityUnlinked extends AccountChange {
  readonly name = 'identity-unlinked';

  constructor(
    user: User,
    readonly identity: Identity,
  ) {
    super(user, { provider: identity.provider });
  }
}

/** An event in plain values, as the account keeps it until everybody was told: a crash loses none. */
export interface KeptEvent {
  readonly id: string;
  readonly name: string;
  readonly result: AccountEvent['result'];
  readonly facts: Readonly<Record<string, string>>;
  readonly at: Date;
  /** Null: it came from no request, or from one that is not shown. */
  readonly origin: RequestOrigin | null;
  /** Null: no account keeps it. */
  readonly addressee: Addressee | null;
}

/** Events of an account that some process stored and did not live to tell. */
export interface UntoldEvents {
  readonly accountId: string;
  /** Whether the account was deleted. */
  readonly isGone: boolean;
  readonly events: readonly KeptEvent[];
}

/** UTF-16 units: what is longer is no browser's, and would let a stranger fill the account's record. */
const LONGEST_USER_AGENT = 512;

/** @returns the event without what the moment of its publishing needs alone */
export function keptForm(event: AccountEvent): KeptEvent {
  const { id, name, result, facts, at, addressee } = event;
  const origin = event.isByStranger ? null : event.origin;
  const whole = (origin?.userAgent.length ?? 0) <= LONGEST_USER_AGENT;
  const shortened = origin && { ...origin, userAgent: whole ? origin.userAgent : '' };
  return { id, name, result, facts, at, origin: shortened, addressee };
}
