/** Turns passwords into what may be stored, slowly. */
export abstract class PasswordHasher {
  /** @throws TooBusy when too many hashes are waiting */
  abstract hash(password: string): Promise<string>;

  /**
   * As much work whatever is stored.
   *
   * @param stored a hash of this or an earlier configuration; undefined for an account without a
   *   password and for no account at all
   * @throws TooBusy when too many hashes are waiting
   */
  abstract verify(password: string, stored: string | undefined): Promise<boolean>;

  /** Whether `verify` can answer yes for some password. */
  abstract canVerify(stored: string): boolean;

  /** Whether a stored hash is of another scheme, cost or pepper than new ones are. */
  abstract isOutdated(stored: string): boolean;
}
