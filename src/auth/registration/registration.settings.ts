import type { SettingsReader } from '../../core/config/settings-reader.js';

/** How many people may come at once. */
export class RegistrationSettings {
  /** Accounts that may be made from one address in ten minutes. */
  readonly perAddress: number;

  constructor(read: SettingsReader) {
    this.perAddress = read.wholeNumber('REGISTRATIONS_PER_ADDRESS', 60, {
      least: 1,
      most: [10_000, ': without a limit, one address can fill the database'],
    });
  }
}
