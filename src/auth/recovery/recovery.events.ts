import { AccountEvent } from '../../users/account.events.js';

/** Somebody asked for a mail that sets a new password. */
export class RecoveryRequested extends AccountEvent {
  readonly name = 'recovery-requested';

  /** @param isByStranger by an address that the account only claims */
  constructor(
    accountId: string | null,
    override readonly isByStranger: boolean,
  ) {
    super(accountId);
  }
}
