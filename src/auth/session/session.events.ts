import { AccountEvent } from '../../users/account.events.js';
import type { Session } from '../../users/session.js';

export class LoggedIn extends AccountEvent {
  readonly name = 'logged-in';

  /**
   * @param method the id of the way in
   * @param isNewDevice whether nobody has logged in to the account there before
   * @param factor the id of the second factor, if one was asked for
   */
  constructor(
    accountId: string,
    readonly method: string,
    isNewDevice: boolean,
    factor?: string,
  ) {
    super(accountId, {
      method,
      ...(isNewDevice && { device: 'new' }),
      ...(factor !== undefined && { factor }),
    });
  }
}

export class LoginFailed extends AccountEvent {
  readonly name = 'login-failed';
  override readonly result = 'failure';

  /**
   * @param accountId null when no account has the name
   * @param method the id of the way in that was tried
   * @param reason why: `limit` when too many tries came before
   * @param isByStranger by an address that the account only claims
   */
  constructor(
    accountId: string | null,
    method: string,
    reason: string,
    override readonly isByStranger = false,
  ) {
    super(accountId, { method, reason });
  }
}

export class LoggedOut extends AccountEvent {
  readonly name = 'logged-out';
}

/** The person signed in showed once more who they are. */
export class PersonReauthenticated extends AccountEvent {
  readonly name = 'reauthenticated';

  /** @param method the id of the way in */
  constructor(accountId: string, method: string) {
    super(accountId, { method });
  }
}

export class ReauthenticationFailed extends AccountEvent {
  readonly name = 'reauthentication-failed';
  override readonly result = 'failure';

  /**
   * @param step what asked: the path of the form
   * @param reason why: `limit` when too many tries came before
   */
  constructor(accountId: string, step: string, reason: string) {
    super(accountId, { step, reason });
  }
}

/** The person ended all of their sessions. */
export class LoggedOutEverywhere extends AccountEvent {
  readonly name = 'logged-out-everywhere';
}

/** The person ended a session elsewhere. */
export class SessionEnded extends AccountEvent {
  readonly name = 'session-ended';

  constructor(accountId: string, { browser }: Session) {
    super(accountId, { ...browser });
  }
}

/** The person ended all of their sessions but the one that asked. */
export class OtherSessionsEnded extends AccountEvent {
  readonly name = 'other-sessions-ended';
}
