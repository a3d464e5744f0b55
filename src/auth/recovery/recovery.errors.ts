import { DomainError } from '../../core/domain-error.js';

/** The link was used, is too old, or was never ours; a newer one has taken its place; the account changed since. */
export class RecoveryLinkGone extends DomainError {
  readonly code = 'recovery-link-gone';
}
