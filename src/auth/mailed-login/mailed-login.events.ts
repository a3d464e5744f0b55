import { AccountEvent } from '../../users/account.events.js';

/** Somebody asked for a mail to log in by. */
export class LoginMailRequested extends AccountEvent {
  readonly name = 'login-mail-requested';
}
