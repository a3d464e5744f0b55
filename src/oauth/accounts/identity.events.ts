import { AccountEvent } from '../../users/account.events.js';

/** An identity was not linked, or not unlinked. */
abstract class IdentityRefused extends AccountEvent {
  override readonly result = 'failure';

  /** @param reason the code of the error */
  constructor(accountId: string, provider: string, reason: string) {
    super(accountId, { provider, reason });
  }
}

export class IdentityLinkRefused extends IdentityRefused {
  readonly name = 'identity-link-refused';
}

export class IdentityUnlinkRefused extends IdentityRefused {
  readonly name = 'identity-unlink-refused';
}
