import { canonicalEmail } from './email-address.js';
import { canonicalUsername } from './username.js';

/**
 * Reads what was typed to log in: a user name or an e-mail address. A user name can't hold an "@".
 *
 * @returns which of the two, in the form in which it is looked up
 */
export function readLogin(typed: string): { kind: 'email' | 'username'; canonical: string } {
  return typed.includes('@')
    ? { kind: 'email', canonical: canonicalEmail(typed) }
    : { kind: 'username', canonical: canonicalUsername(typed) };
}
