import { SECOND } from '../../core/clock.js';

/** Seconds of a step (RFC 6238, 5.2). */
const PERIOD = 30;
/** Steps on either side, for clocks that differ a little: a code opens for a minute and a half at most. */
const DRIFT = 1;
/** Bytes: 160 bits, as RFC 4226 asks for. */
const SECRET_BYTES = 20;

// Loaded for the first code: no start waits for it.
const library = () => import('otpauth');

/** What a code comes to. */
export type CodeOutcome =
  | { readonly kind: 'right'; readonly step: number }
  /** Right a minute ago. */
  | { readonly kind: 'late' }
  | { readonly kind: 'wrong' };

/** The codes of a secret at a time. */
export type CodeReader = (secret: string, code: string, now: Date) => CodeOutcome;

/** @returns a new secret in base 32 */
export async function drawSecret(): Promise<string> {
  const { Secret } = await library();
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** @returns the address that an app reads from a QR code */
export async function addressOf(secret: string, site: string, account: string): Promise<string> {
  const { Secret, TOTP } = await library();
  // Apps split what they show at a colon.
  const issuer = site.replaceAll(':', ' ');
  return new TOTP({ issuer, label: account, secret: Secret.fromBase32(secret) }).toString();
}

/** @returns what tells codes right from wrong; it waits for the library once, so that a change can ask it */
export async function codeReader(): Promise<CodeReader> {
  const { Secret, TOTP } = await library();
  return (secret, code, now) => {
    const timestamp = now.getTime();
    const totp = new TOTP({ secret: Secret.fromBase32(secret), period: PERIOD });
    const delta = totp.validate({ token: code, timestamp, window: DRIFT + 1 });
    if (delta === null || delta > DRIFT) return { kind: 'wrong' };
    if (delta < -DRIFT) return { kind: 'late' };
    return { kind: 'right', step: Math.floor(timestamp / (PERIOD * SECOND)) + delta };
  };
}

/** @returns what was typed, without the spaces and dashes that apps show between the digits */
export function digitsIn(typed: string): string {
  return typed.replace(/[\s\p{Pd}]/gu, '');
}
