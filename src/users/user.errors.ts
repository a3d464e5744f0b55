import { DomainError } from '../core/domain-error.js';

/** The name is kept for the site. */
export class UsernameReserved extends DomainError {
  readonly code = 'username-reserved';
  override readonly field = 'username';
}

export class UsernameTaken extends DomainError {
  readonly code = 'username-taken';
  override readonly field = 'username';
}

/** The place at the address belongs to another account, or there is none left. */
export class EmailAlreadyRegistered extends DomainError {
  readonly code = 'email-taken';
  override readonly field = 'email';
}

/** The address was changed as often as may be within some days: the mailboxes of before keep their power. */
export class TooManyEmailChanges extends DomainError {
  readonly code = 'too-many-email-changes';
  override readonly field = 'email';
}

/** The identity belongs to another account here. */
export class IdentityTaken extends DomainError {
  readonly code = 'identity-taken';
}

/** The passkey belongs to an account here already. */
export class PasskeyTaken extends DomainError {
  readonly code = 'passkey-taken';
}

/** The account was changed or deleted by another request since it was read. */
export class AccountChangedMeanwhile extends DomainError {
  readonly code = 'account-changed';
}

/** Without it nothing would open the account. */
export class LastWayIn extends DomainError {
  readonly code = 'last-way-in';
}
