import { AccountChange, AccountEvent } from '../account.events.js';
import type { User } from '../user.js';

export class AuthenticatorAdded extends AccountChange {
  readonly name = 'authenticator-added';
}

export class AuthenticatorRemoved extends AccountChange {
  readonly name = 'authenticator-removed';
}

/** New recovery codes: the ones of before are worth nothing. */
export class RecoveryCodesMade extends AccountChange {
  readonly name = 'recovery-codes-made';
}

export class RecoveryCodeUsed extends AccountChange {
  readonly name = 'recovery-code-used';

  /** @param left how many codes are left */
  constructor(
    user: User,
    readonly left: number,
  ) {
    super(user, { left: String(left) });
  }
}

/** The person said that the second step is not to be asked for in this browser. */
export class DeviceTrusted extends AccountChange {
  readonly name = 'device-trusted';
}

export class DeviceForgotten extends AccountChange {
  readonly name = 'device-forgotten';
}

/** Whoever knew the first factor did not have the second. */
export class SecondStepFailed extends AccountEvent {
  readonly name = 'second-step-failed';
  override readonly result = 'failure';

  /**
   * @param factor the id of the second factor that was tried
   * @param reason why: `limit` when too many tries came before
   */
  constructor(accountId: string, factor: string, reason: string) {
    super(accountId, { factor, reason });
  }
}
