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

/** Somebody who knew the first factor says that every second one is lost. */
export class FactorResetAsked extends AccountChange {
  readonly name = 'factor-reset-asked';

  /** @param due when the waiting time is over */
  constructor(user: User, due: Date) {
    super(user, { due: due.toISOString() });
  }
}

export class FactorResetCancelled extends AccountChange {
  readonly name = 'factor-reset-cancelled';

  /** @param by what cancelled it: a link in a mail, a session, or a login with a second factor */
  constructor(user: User, by: 'mail' | 'session' | 'login') {
    super(user, { by });
  }
}

/** All second factors were taken away from whoever had lost them. */
export class FactorsCleared extends AccountChange {
  readonly name = 'factors-cleared';

  /** @param by whose word it was: the link of a reset, or somebody who runs the site */
  constructor(user: User, by: 'mail' | 'operator') {
    super(user, { by });
  }
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

export class PasskeyAdded extends AccountChange {
  readonly name = 'passkey-added';
}

export class PasskeyRemoved extends AccountChange {
  readonly name = 'passkey-removed';
}

/** Somebody else may have a copy of the passkey: its counter did not grow. */
export class PasskeyCopied extends AccountChange {
  readonly name = 'passkey-copied';
  override readonly result = 'failure';
}
