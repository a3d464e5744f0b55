import type { FormerIdentity, LinkedIdentity } from './identity.js';
import type { Passkey } from './factors/passkey.js';
import type { AccountProfile } from './profile.js';
import type {
  FactorReset,
  FormerFactors,
  RecoveryCodes,
  Totp,
  TrustedDevice,
} from './factors/factors.js';
import type { Session, SessionChange } from './session.js';

/** An address that the account had verified before another one took its place. */
export interface FormerEmail {
  readonly email: string;
  readonly verifiedAt: Date;
  readonly replacedAt: Date;
}

/** A user name that the account had before another one took its place. */
export interface FormerUsername {
  readonly username: string;
  readonly replacedAt: Date;
}

/** A person's account. Whatever counts as a way in is in this one document. */
export interface User extends AccountProfile {
  readonly id: string;
  /**
   * Raised by each change, but for one of sessions alone: a write that was decided on an older one is
   * refused.
   */
  readonly revision: number;
  /** As typed. */
  readonly email?: string;
  /**
   * The account's place among those that claim the address: 0 for the one that verified it. Absent: it
   * claims nothing, and waits for the verification of its address.
   */
  readonly emailPlace?: number;
  /** Since when the account has the address. */
  readonly emailSince?: Date;
  /** When control of the address was shown; absent: it is only what somebody typed. */
  readonly emailVerifiedAt?: Date;
  /** When an address that nobody had verified went to its owner; absent once the person was told. */
  readonly emailMovedAt?: Date;
  /** An address that takes the place of a verified one as soon as it is verified itself. */
  readonly pendingEmail?: { readonly email: string; readonly askedAt: Date };
  /** Oldest first, for as long as their mailboxes may undo what was done; see `formerEmails`. */
  readonly formerEmails?: readonly FormerEmail[];
  readonly passwordHash?: string;
  readonly passwordChangedAt?: Date;
  readonly identities: readonly LinkedIdentity[];
  readonly passkeys?: readonly Passkey[];
  /** Random, so that an authenticator's list of accounts tells nothing of them. */
  readonly passkeyUserHandle?: string;
  /** When the person said that they want no passkey. */
  readonly passkeyDeclinedAt?: Date;
  /** The authenticator app; absent: none is set up. */
  readonly totp?: Totp;
  readonly recoveryCodes?: RecoveryCodes;
  /** For as long as an undo may bring them back; see `formerFactors`. Absent: there are none. */
  readonly formerFactors?: FormerFactors;
  /** One at a time; see `FactorResets` for whether it still counts. */
  readonly factorReset?: FactorReset;
  /** Where the second step is not asked for. */
  readonly trustedDevices?: readonly TrustedDevice[];
  /** When second factors were last added or taken away; a login that began before must begin again. */
  readonly factorsChangedAt?: Date;
  /** When the account was first told that this site wants a second factor. */
  readonly secondFactorAskedAt?: Date;
  /** Oldest first, for as long as an undo may bring them back; see `formerIdentities`. */
  readonly formerIdentities?: readonly FormerIdentity[];
  /** Oldest first, for as long as an undo may bring one back; see `formerUsernames`. */
  readonly formerUsernames?: readonly FormerUsername[];
  /** The last undo: what was done between the two is taken back, and no mail about it undoes more. */
  readonly undone?: { readonly since: Date; readonly at: Date };
  /** Where the person is signed in, ended sessions among them until the next login: see `SessionLimits`. */
  readonly sessions: readonly Session[];
  readonly createdAt: Date;
}

/** An account as a request knows it whose person is signed in. */
export interface SignedInUser extends User {
  /** The session that the request came with. What the request changes is changed only while it lasts. */
  readonly session: Session;
}

/** What an account starts with. */
export type NewUser = Omit<
  User,
  | 'revision'
  | 'sessions'
  | 'emailMovedAt'
  | 'pendingEmail'
  | 'formerEmails'
  | 'formerIdentities'
  | 'formerUsernames'
  | 'undone'
  | 'formerFactors'
>;

/** What somebody registers with; the rest follows from it. */
export type NewAccount = Omit<
  NewUser,
  'id' | 'createdAt' | 'passwordChangedAt' | 'emailPlace' | 'emailSince'
>;

/**
 * Fields of an account that change together: null takes a value away, what is absent stays. An address
 * and its place are written together: an address without a place claims nothing.
 */
export type UserChange = {
  readonly [Field in Exclude<keyof User, 'id' | 'revision' | 'createdAt' | 'sessions'>]?:
    User[Field] | (undefined extends User[Field] ? null : never);
} & { readonly sessions?: SessionChange };
