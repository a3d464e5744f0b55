import type { User } from '../../users/user.js';

/**
 * @returns the address that a mail can verify: the one that waits to take the place of a verified one, else
 *   the account's own while it is unverified
 */
export function unverifiedEmail({
  email,
  emailVerifiedAt,
  pendingEmail,
}: Pick<User, 'email' | 'emailVerifiedAt' | 'pendingEmail'>): string | undefined {
  return pendingEmail?.email ?? (emailVerifiedAt ? undefined : email);
}
