import type { SettingsReader } from '../../core/config/settings-reader.js';

/** How passwords are hashed, and the shortest that is taken. */
export class PasswordSettings {
  /** Keys of the hashes, newest first: the first is used for new ones, all for verification. */
  readonly peppers: readonly string[];
  /** bcrypt's; each step doubles the time of a login. */
  readonly bcryptCost: number;
  /** Of a stored hash that is still verified; every log-in does as much work, whatever is stored. */
  readonly maxBcryptCost: number;
  /** Unicode code points. */
  readonly minLength: number;

  constructor(read: SettingsReader) {
    this.peppers = read.secrets('PASSWORD_PEPPER');
    this.bcryptCost = read.wholeNumber('BCRYPT_COST', 12, {
      least: read.production
        ? [12, ' in production (OWASP Password Storage)']
        : [4, ', and 12 or more in production'],
      most: [20, ': each step doubles the time of a login'],
    });
    const highest = () =>
      read.wholeNumber('BCRYPT_MAX_COST', this.bcryptCost, {
        least: [this.bcryptCost, ', which is BCRYPT_COST'],
        most: [20, ': each step doubles the time of a login'],
      });
    // Left out, it repeats no mistake of the other.
    this.maxBcryptCost = read.text('BCRYPT_MAX_COST') === '' ? this.bcryptCost : highest();
    this.minLength = read.wholeNumber('PASSWORD_MIN_LENGTH', 8, {
      least: [8, ' (OWASP ASVS 6.2.1)'],
      most: 64,
    });
  }
}
