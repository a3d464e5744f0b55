import { toASCII } from 'tr46';

/** Octets, which here are characters (RFC 5321 4.5.3.1.3, errata 1690). */
export const EMAIL = { max: 254 } as const;

/** Octets of what stands before the "@" (RFC 5321 4.5.3.1.1). */
const LOCAL_MAX = 64;

// Both halves are what browsers take in `<input type="email">` (HTML, "valid e-mail address"): dots
// stand where RFC 5322 has none, as some mail hosts gave them to people; there are no quotes and no
// comments.
const LOCAL = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+$/;
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** In the public name system: no single label, and no number at the end, which would be an IP address. */
const PUBLIC = /\.(?:[a-z]{2,}|xn--[a-z0-9-]+)$/;

/** UTS 46 would drop some of them from a domain and make it another one than the person saw. */
const INVISIBLE = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Reads an address. Its form is the one in which it is stored, shown and mailed: the local part as typed,
 * the domain as the name system has it, by UTS 46 alone. A browser sends a domain in that form as well.
 *
 * @returns null for what is no address that we take
 */
export function parseEmail(typed: string): string | null {
  const at = typed.lastIndexOf('@');
  const local = typed.slice(0, Math.max(at, 0));
  const domain = typed.slice(at + 1);
  // Lengths first: what comes after them costs time for each character.
  if (typed.length > EMAIL.max || local.length > LOCAL_MAX) return null;
  if (!LOCAL.test(local) || INVISIBLE.test(domain)) return null;
  const ascii = toASCII(domain, { checkBidi: true, checkJoiners: true, useSTD3ASCIIRules: true });
  if (ascii === null || !DOMAIN.test(ascii) || !PUBLIC.test(ascii)) return null;
  const address = `${local}@${ascii}`;
  return address.length <= EMAIL.max ? address : null;
}

/**
 * The form in which an address is unique and looked up: as `parseEmail` reads it, without the case of
 * its ASCII letters. Mail hosts tell dots, tags and everything else apart, so it is kept apart here.
 *
 * @returns for what is no address the text itself, which no account can have
 */
export function canonicalEmail(email: string): string {
  return parseEmail(email)?.toLowerCase() ?? email;
}
