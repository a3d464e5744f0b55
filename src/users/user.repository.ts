import type { NewUser, Profile, User } from './user.js';

/** Where accounts are kept. One method per need, each one atomic operation of the database. */
export abstract class UserRepository {
  /** @throws UsernameTaken, EmailAlreadyRegistered: the unique indexes decide, nothing is looked up first */
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
   * @returns the changed account, or null when it is gone
   * @throws EmailAlreadyRegistered
   */
  abstract updateEmail(id: string, email: string): Promise<User | null>;

  /**
   * Sets a new password and raises the session epoch, if the stored hash is still the expected one:
   * of two changes at once, one wins.
   *
   * @param expectedHash the hash that the person proved to know; null: there is no password yet
   * @returns the changed account, or null when the hash is another one by now or the account is gone
   */
  abstract changePassword(
    id: string,
    expectedHash: string | null,
    newHash: string,
    at: Date,
  ): Promise<User | null>;

  /** Stores the same password hashed anew, if the stored hash is still the expected one. */
  abstract replaceHash(id: string, expectedHash: string, newHash: string): Promise<void>;

  /** @returns whether there was an account to delete */
  abstract delete(id: string): Promise<boolean>;
}
