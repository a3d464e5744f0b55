import { DomainError } from '../../core/domain-error.js';

/** It is none of the account's, or it was used. */
export class WrongRecoveryCode extends DomainError {
  readonly code = 'recovery-code-wrong';
  override readonly field = 'recoveryCode';
}
