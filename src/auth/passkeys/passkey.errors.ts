import { DomainError } from '../../core/domain-error.js';

/** Why a ceremony opened nothing; the page tells it only where the person can do something about it. */
export type PasskeyReason =
  'malformed' | 'stale' | 'unknown' | 'unverified' | 'foreign' | 'copied' | 'changed' | 'alone';

const TOLD: Partial<Record<PasskeyReason, string>> = {
  stale: 'passkey-stale',
  unknown: 'passkey-unknown',
  copied: 'passkey-copied',
  alone: 'passkey-alone',
};

/** What a browser sent does not show a passkey of the account. */
export class PasskeyRefused extends DomainError {
  readonly code: string;

  /**
   * @param reason `stale`: its challenge is too old, or was used; `copied`: its counter went back; `alone`:
   *   it asked its person for nothing, where the account has another way in to go before it
   */
  constructor(readonly reason: PasskeyReason) {
    super();
    this.code = TOLD[reason] ?? 'passkey-refused';
  }
}

/** An account has as many as it can have. */
export class TooManyPasskeys extends DomainError {
  readonly code = 'passkeys-full';
}

/** This site wants a second step, and without the passkey there would be none. */
export class LastPasskey extends DomainError {
  readonly code = 'last-second-factor';
}
