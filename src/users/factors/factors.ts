import type { BrowserName } from '../session.js';
import type { Passkey } from './passkey.js';

/** Wrong codes in a row, and how long no other is looked at. */
export interface Guesses {
  readonly wrong: number;
  readonly pausedUntil?: Date;
}

/** An authenticator app (RFC 6238) that the person has confirmed by a code. */
export interface Totp {
  /** The key that the app shares with us, sealed: whoever reads it can make codes. */
  readonly sealedSecret: string;
  readonly confirmedAt: Date;
  /** The newest step of which a code was taken: none of it or before it is taken again. */
  readonly lastStep: number;
  readonly guesses?: Guesses;
}

/** Codes for whoever has lost the device; each is taken once. */
export interface RecoveryCodes {
  /** Of those that are left. */
  readonly hashes: readonly string[];
  readonly madeAt: Date;
  readonly guesses?: Guesses;
}

/** A factor that the account had until a short time ago; sealed or hashed as it was. */
export type Former<T> = Omit<T, 'guesses'> & { readonly removedAt: Date };

/** What an undo may bring back, those first that the account had first. */
export interface FormerFactors {
  readonly passkeys: readonly Former<Passkey>[];
  readonly totps: readonly Former<Totp>[];
  readonly recoveryCodes: readonly Former<RecoveryCodes>[];
}

/** Somebody who has lost every second factor asks to go on without. */
export interface FactorReset {
  readonly askedAt: Date;
  /** When the waiting time is over. */
  readonly due: Date;
  /** When the mail with the link is to be made, or made again if nobody says that it was; absent: it was made. */
  readonly mailAt?: Date;
  /** Since when the link works; absent: nobody made it so far. */
  readonly linkSince?: Date;
}

/** A browser in which the person said that the second step is not to be asked for. */
export interface TrustedDevice {
  /** Hash of the secret in the browser's cookie. */
  readonly id: string;
  readonly trustedAt: Date;
  /** Absent: not known. */
  readonly browser?: BrowserName;
}
