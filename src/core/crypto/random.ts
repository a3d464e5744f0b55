import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Bytes of a token: 192 bits, more than the 128 that OWASP ASVS 11.5.1 asks for. */
const TOKEN_BYTES = 24;

/** @returns a secret that nobody can guess, as base64url: 32 characters for 24 bytes */
export function randomToken(bytes = TOKEN_BYTES): string {
  return randomBytes(bytes).toString('base64url');
}

/** @returns an id that is nowhere twice, and no secret */
export function randomId(): string {
  return randomUUID();
}

/** @returns letters of an alphabet, all of them equally likely */
export function randomText(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
