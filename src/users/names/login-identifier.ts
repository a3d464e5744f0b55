import { canonicalEmail } from './email-address.js';
import { canonicalUsername } from './username.js';
import { trimInvisible } from './visible-text.js';

/**
 * Reads what was typed to log in: a user name or an e-mail address. A user name can't hold an "@".
 *
 * @returns which of the two, in the form in which it is looked up
 */
export function readLogin(typed: string): { kind: 'email' | 'username'; canonical: string } {
  const text = trimInvisible(typed);
  return text.includes('@')
    ? { kind: 'email', canonical: canonicalEmail(text) }
    : { kind: 'username', canonical: canonicalUsername(text) };
}

/**
 * Whether a name that was typed is an address that the account has claimed and not verified: then somebody
 * else may have typed it, who controls it.
 */
export function isClaimOf(
  typed: string,
  account: { readonly emailVerifiedAt?: Date | undefined } | null | undefined,
): boolean {
  return !!account && !account.emailVerifiedAt && readLogin(typed).kind === 'email';
}
