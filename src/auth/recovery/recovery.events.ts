import { AccountEvent } from '../../users/account.events.js';

/** Somebody asked for a mail that sets a new password. */
export class RecoveryRequested extends AccountEvent {
  readonly name = 'recovery-requested';
}
