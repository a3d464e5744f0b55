import type { SettingsReader } from '../../core/config/settings-reader.js';

/** What people may do before they have verified their address. */
export class VerificationSettings {
  /** Whether an account gets nothing but the page that verifies its address. */
  readonly required: boolean;

  constructor(read: SettingsReader) {
    this.required = read.oneOf('EMAIL_VERIFICATION', ['optional', 'required']) === 'required';
    if (this.required && read.text('MAIL_URL') === 'off') {
      read.problems.push(
        'EMAIL_VERIFICATION=required needs mail: give MAIL_URL the address of your mail server, or leave EMAIL_VERIFICATION out.',
      );
    }
  }
}
