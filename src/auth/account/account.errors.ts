import { DomainError } from '../../core/domain-error.js';

/** What was typed to confirm the deletion is not the account's user name. */
export class ConfirmationDiffers extends DomainError {
  readonly code = 'confirmation-differs';
  override readonly field = 'confirmation';
}
