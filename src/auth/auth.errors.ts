import { DomainError } from '../core/domain-error.js';

/** One answer for every cause: unknown name, wrong password, account without a password. */
export class WrongCredentials extends DomainError {
  readonly code = 'wrong-credentials';
}

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

/** Somebody who is not signed in asked for a page that needs it. */
export class LoginRequired extends Error {}

/** A sensitive step needs a proof of the person that is not older than `PROOF_WINDOW`. */
export class ProofRequired extends Error {
  /** @param next the page to come back to with the proof */
  constructor(readonly next: string) {
    super();
  }
}
