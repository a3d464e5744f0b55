import type { Identity, LinkedIdentity, NewUser, Profile, User } from './user.js';

/** Where accounts are kept. One method per need, each one atomic operation of the database. */
export abstract class UserRepository {
  /** @throws UsernameTaken, EmailAlreadyRegistered, IdentityTaken: the unique indexes decide, nothing is looked up first */
  abstract insert(user: NewUser): Promise<User>;

  abstract findById(id: string): Promise<User | null>;

  /** @param canonical as `canonicalUsername` gives it */
  abstract findByUsername(canonical: string): Promise<User | null>;

  /** @param canonical as `canonicalEmail` gives it */
  abstract findByEmail(canonical: string): Promise<User | null>;

  /**
   * @returns the changed account, or null when it is gone
   * @throws UsernameTaken
   */
  abstract updateProfile(id: string, profile: Profile): Promise<User | null>;

  /**
   * Sets an address that nobody has proved yet.
   *
   * @param epoch of the session that asks: one that was ended meanwhile changes nothing
   * @returns the changed account, or null when the epoch is another one by now or the account is gone
   * @throws EmailAlreadyRegistered
   */
  abstract updateEmail(id: string, epoch: number, email: string): Promise<User | null>;

  /**
   * Sets a new password and raises the session epoch: of two changes at once, one wins.
   *
   * @param epoch of the session that asks: one that was ended meanwhile changes nothing
   * @returns the changed account, or null when the epoch is another one by now or the account is gone
   */
  abstract changePassword(
    id: string,
    epoch: number,
    newHash: string,
    at: Date,
  ): Promise<User | null>;

  /** Stores the same password hashed anew, if the stored hash is still the expected one. */
  abstract replaceHash(id: string, expectedHash: string, newHash: string): Promise<void>;

  abstract findByIdentity(identity: Identity): Promise<User | null>;

  /**
   * Adds an identity, if none of its provider is there.
   *
   * @param epoch of the session that asks: one that was ended meanwhile changes nothing
   * @param sealedToken kept with it, when the provider has a use for one
   * @returns the changed account, or null when this provider is linked already, the epoch is another
   *   one by now or the account is gone
   * @throws IdentityTaken when it belongs to another account
   */
  abstract link(
    id: string,
    epoch: number,
    identity: LinkedIdentity,
    sealedToken?: string,
  ): Promise<User | null>;

  /**
   * Takes a provider's identity away and raises the session epoch, if something else still opens the
   * account: a password, or an identity of one of these providers.
   *
   * @param epoch of the session that asks: one that was ended meanwhile changes nothing
   * @param otherProviders that can be used now
   * @returns the account as it was before, or null when nothing else opens it, nothing was linked or
   *   the epoch is another one by now
   */
  abstract unlink(
    id: string,
    epoch: number,
    provider: string,
    otherProviders: readonly string[],
  ): Promise<User | null>;

  /** Replaces the token that is kept with an identity. */
  abstract keepToken(identity: Identity, sealedToken: string): Promise<void>;

  /** Notes that the person showed control of the address, if it is still theirs and unproved. */
  abstract verifyEmail(id: string, canonical: string, at: Date): Promise<void>;

  /**
   * Takes an address away that was never proved, and notes when.
   *
   * @returns whether the account had it, unproved
   */
  abstract releaseEmail(id: string, canonical: string, at: Date): Promise<boolean>;

  /** Forgets that an address was taken away: the person knows. */
  abstract forgetMovedEmail(id: string): Promise<void>;

  /**
   * @param epoch of the session that asks: one that was ended meanwhile deletes nothing
   * @returns the account as it was at the end, or null when there was none or its epoch is another one
   */
  abstract delete(id: string, epoch: number): Promise<User | null>;
}
