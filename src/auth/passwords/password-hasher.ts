/** Turns passwords into what may be stored, slowly. */
export abstract class PasswordHasher {
  /** @throws TooBusy when too many hashes are waiting */
  abstract hash(password: string): Promise<string>;

  /**
   * @param stored a hash of this or an earlier configuration; undefined for an account without a
   *   password and for no account at all, which cost the same time
   * @throws TooBusy when too many hashes are waiting
   */
  abstract verify(password: string, stored: string | undefined): Promise<boolean>;

  /** Whether a password can be verified against it at all: `verify` may answer yes for some password. */
  abstract canVerify(stored: string): boolean;

  /** Whether a stored hash is of another scheme, cost or pepper than new ones are. */
  abstract isOutdated(stored: string): boolean;
}
