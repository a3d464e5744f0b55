import { WrongCode } from '../verification/verification.errors.js';

/** The typed code is not the one that was mailed for this browser, or that was used; or the account has changed since. */
export class WrongLoginCode extends WrongCode {
  override readonly code = 'wrong-login-code';
}
