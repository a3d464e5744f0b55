import type { Use } from '../../users/account-changes.js';
import type { Passkey } from '../../users/factors/passkey.js';
import type { User } from '../../users/user.js';
import type { Asserted } from './ceremonies.js';
import { PasskeyRefused } from './passkey.errors.js';

/** A passkey that was used. */
export interface UsedPasskey {
  readonly user: User;
  readonly passkey: Passkey;
  /** Whether it stands for two factors: the authenticator, and what it asked its person for. */
  readonly isTwoFactors: boolean;
}

/** A passkey whose use the account does not know yet. */
export interface TakenPasskey extends UsedPasskey {
  /** What the use leaves there. @throws PasskeyRefused */
  readonly use: Use;
}

/** @returns what the use of a passkey leaves in its account */
export function useOf({ id }: Passkey, asserted: Asserted): Use {
  const { counter, backedUp } = asserted;
  return ({ passkeys = [] }, now) => {
    const passkey = passkeys.find((each) => each.id === id);
    if (!passkey) throw new PasskeyRefused('unknown');
    demandAhead(passkey, asserted);
    const used = { ...passkey, counter, backedUp, lastUsedAt: now };
    return { change: { passkeys: passkeys.map((each) => (each.id === id ? used : each)) } };
  };
}

/**
 * A counter that does not grow is that of a copy (WebAuthn Level 3, section 6.1.1). Which of the two is
 * the copy nobody knows: neither opens anything until its counter is ahead.
 *
 * @throws PasskeyRefused
 */
export function demandAhead(passkey: Passkey, { counter }: Asserted): void {
  const counts = counter > 0 || passkey.counter > 0;
  if (counts && counter <= passkey.counter) throw new PasskeyRefused('copied');
}
