import type { BrowserName } from '../session.js';

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

/** A browser in which the person said that the second step is not to be asked for. */
export interface TrustedDevice {
  /** Hash of the secret in the browser's cookie. */
  readonly id: string;
  readonly trustedAt: Date;
  /** Absent: not known. */
  readonly browser?: BrowserName;
}
