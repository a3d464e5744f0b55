import { hkdfSync } from 'node:crypto';

/**
 * Derives a key of 256 bits for one purpose from each secret (HKDF, RFC 5869), so that no two uses of
 * a secret share a key.
 *
 * @param secrets newest first
 * @param purpose in words
 * @returns the keys in the same order: the first signs and seals, all are accepted
 */
export function deriveKeys(secrets: readonly string[], purpose: string): readonly Buffer[] {
  return secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)));
}
