import { domainToASCII } from 'node:url';
import { fold } from './username.js';

/** Length in Unicode code points; the form and the database read it here. */
export const EMAIL = { max: 80 } as const;

/** The form in which an address is unique and looked up; the domain in its ASCII form (RFC 5891). */
export function canonicalEmail(email: string): string {
  const folded = fold(email);
  const at = folded.lastIndexOf('@');
  const domain = domainToASCII(folded.slice(at + 1));
  return domain === '' ? folded : folded.slice(0, at + 1) + domain;
}
