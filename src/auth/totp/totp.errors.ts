import { DomainError } from '../../core/domain-error.js';
import { NO_PAUSE, type PauseBegun } from '../second-step/guesses.js';

/** The code is not one of this minute's. */
export class WrongTotp extends DomainError {
  override readonly field = 'totp';

  /**
   * @param code `totp-late`: it was right a minute ago; `totp-used`: it, or a later one, was taken already
   * @param pause that begins with it
   */
  constructor(
    readonly code: 'totp-wrong' | 'totp-late' | 'totp-used',
    pause: PauseBegun = NO_PAUSE,
  ) {
    super({ ...pause });
  }
}

/** What was shown to set up an app is too old, or was used. */
export class SetUpGone extends DomainError {
  readonly code = 'set-up-gone';
}

/** This site wants a second step, and nothing else would be one. */
export class LastSecondFactor extends DomainError {
  readonly code = 'last-second-factor';
}
