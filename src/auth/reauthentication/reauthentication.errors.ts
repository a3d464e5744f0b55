import { WrongCode } from '../verification/verification.errors.js';

/** The typed code is not the newest that was mailed for the session, or it is too old. */
export class WrongConfirmationCode extends WrongCode {
  override readonly code = 'wrong-confirmation-code';
}

/** A sensitive step needs a younger authentication, or one more since the login. */
export class ReauthenticationRequired extends Error {
  /**
   * @param page to come back to afterwards
   * @param isCodeAwaited whether a code was mailed that is to be typed
   */
  constructor(
    readonly page: string,
    readonly isCodeAwaited = false,
  ) {
    super();
  }
}
