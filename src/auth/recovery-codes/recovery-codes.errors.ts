import { DomainError } from '../../core/domain-error.js';
import { NO_PAUSE, type PauseBegun } from '../second-step/guesses.js';

/** It is none of the account's, or it was used. */
export class WrongRecoveryCode extends DomainError {
  readonly code = 'recovery-code-wrong';
  override readonly field = 'recoveryCode';

  /** @param pause that begins with it */
  constructor(pause: PauseBegun = NO_PAUSE) {
    super({ ...pause });
  }
}
