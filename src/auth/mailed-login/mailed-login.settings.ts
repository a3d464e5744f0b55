import type { SettingsReader } from '../../core/config/settings-reader.js';

/** Whether a mailed code lets people in. */
export class MailedLoginSettings {
  readonly isOn: boolean;

  constructor(read: SettingsReader) {
    this.isOn = read.oneOf('LOGIN_BY_MAIL', ['off', 'on']) === 'on';
    if (this.isOn && read.text('MAIL_URL') === 'off') {
      read.problems.push(
        'LOGIN_BY_MAIL=on needs mail: give MAIL_URL the address of your mail server, or leave LOGIN_BY_MAIL out.',
      );
    }
  }
}
