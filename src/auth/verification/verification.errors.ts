import { DomainError } from '../../core/domain-error.js';

/** The typed code is not the one of the newest mail, or that is too old. */
export class WrongCode extends DomainError {
  readonly code: string = 'wrong-code';
  override readonly field = 'code';
}

/** The person signed in must verify their address before anything else. */
export class VerificationRequired extends Error {}
