import { DomainError } from '../../core/domain-error.js';

/** The form asks for the current password, and none was typed. */
export class CurrentPasswordMissing extends DomainError {
  readonly code = 'required';
  override readonly field = 'currentPassword';
}

/** The person signed in could not repeat their password. */
export class WrongCurrentPassword extends DomainError {
  readonly code = 'wrong-current-password';
  override readonly field = 'currentPassword';
}

/** A new password breaks the rules. */
export class UnacceptablePassword extends DomainError {
  constructor(
    readonly code: string,
    override readonly field: string,
    params: Record<string, number> = {},
  ) {
    super(params);
  }
}
