import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * SHA-256 of a secret with enough random bits, or of what shall not be stored as it is: a copy of the
 * database then holds nothing that opens anything.
 *
 * @returns base64url, 43 characters
 */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** SHA-256 of a file or a name in lower-case hexadecimal, for addresses and ids that people may read. */
export function fingerprint(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * Proves who wrote a text (HMAC, RFC 2104).
 *
 * @param key a derived key, or a secret as a protocol or a stored format wants it
 */
export function signature(
  key: Buffer | string,
  text: string,
  algorithm: 'sha256' | 'sha384' = 'sha256',
  encoding: 'base64url' | 'base64' | 'hex' = 'base64url',
): string {
  return createHmac(algorithm, key).update(text).digest(encoding);
}

/** Compares two secrets without telling by time how far they agree. */
export function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
