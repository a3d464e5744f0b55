import type { AccountEvent, UntoldEvents } from './account.events.js';
import type { LinkedIdentity } from './identity.js';
import type { Passkey } from './factors/passkey.js';
import type { Session, SessionSeen } from './session.js';
import type { NewUser, User, UserChange } from './user.js';

/**
 * A way in as the account holds it. What is in here stays the same for as long as it is the same way: a
 * password under a newer hash is, an identity that was unlinked and linked again is not, nor a mailbox
 * after another password.
 */
export type StoredWay =
  | { readonly kind: 'password'; readonly changedAt: Date | undefined }
  | ({ readonly kind: 'identity' } & Pick<LinkedIdentity, 'key' | 'linkedAt'>)
  | ({ readonly kind: 'passkey' } & Pick<Passkey, 'id' | 'addedAt'>)
  | {
      readonly kind: 'mail';
      readonly email: string;
      readonly verifiedAt: Date;
      /** A new password ends it, too. */
      readonly passwordChangedAt: Date | undefined;
    };

/** An account as it was read when a change of it was decided. */
export type AsRead = Pick<User, 'id'> & {
  /** None: the change stands whatever else has changed. */
  readonly revision?: number;
  /** Asks for the change, which is refused once the session has ended. */
  readonly session?: Session | undefined;
  /** Another session, which the change ends: it is refused once that one has ended, or has a new id. */
  readonly ending?: Session;
  /** Whoever asks came by it: the change is refused once the account holds it no more. */
  readonly wayIn?: StoredWay;
  /** The change is refused once the second factors are others; null: the account had never had one. */
  readonly factorsChangedAt?: Date | null;
};

/**
 * Where accounts are kept. Each method is one atomic operation of the database; the ones that write store
 * the events of their change by the same operation, and those of a deletion before it.
 */
export abstract class UserRepository {
  /** @returns an id that no account has had */
  abstract newId(): string;

  /** @throws UsernameTaken, EmailAlreadyRegistered, IdentityTaken, PasskeyTaken: the unique indexes decide, nothing is looked up first */
  abstract insert(user: NewUser, events: readonly AccountEvent[]): Promise<User>;

  abstract findById(id: string): Promise<User | null>;

  /** @param canonical as `canonicalUsername` gives it */
  abstract findByUsername(canonical: string): Promise<User | null>;

  /**
   * @param canonical as `canonicalEmail` gives it
   * @returns the accounts that have a place at the address, in no order
   */
  abstract findByEmail(canonical: string): Promise<User[]>;

  /** @returns the account whose reset of the second factors has waited longest for its mail; null: none is due by then */
  abstract findDueReset(by: Date): Promise<User | null>;

  /** @param key as `identityKey` gives it */
  abstract findByIdentity(key: string): Promise<User | null>;

  /** @param id the credential id as base64url */
  abstract findByPasskey(id: string): Promise<User | null>;

  /**
   * Changes an account that is still as it was read.
   *
   * @returns the changed account, or null when it has another revision or other factors by now, or is gone,
   * or one of the sessions or the way in is
   * @throws UsernameTaken, EmailAlreadyRegistered, IdentityTaken, PasskeyTaken
   */
  abstract update(
    user: AsRead,
    change: UserChange,
    events: readonly AccountEvent[],
  ): Promise<User | null>;

  /**
   * Removes an account that is still as it was read.
   *
   * @returns whether it was there with this revision, and the session
   */
  abstract delete(user: AsRead, events: readonly AccountEvent[]): Promise<boolean>;

  /**
   * Takes the events of an account that has kept some since a time, or of one that was deleted, and lets
   * nobody take them again before as long has passed.
   *
   * @param before they were kept by then
   * @returns null when there is no such account. An account that is gone is handed out until its last
   *   event is forgotten, and once more after that
   */
  abstract takeUntold(before: Date, now: Date): Promise<UntoldEvents | null>;

  /** Keeps these events no longer. What has been stored meanwhile stays. @returns whether the account is there */
  abstract forgetTold(accountId: string, ids: readonly string[]): Promise<boolean>;

  /** Notes when and where a session was last seen; nothing happens when it has ended. */
  abstract noteSeen(userId: string, sessionId: string, seen: SessionSeen): Promise<void>;
}
