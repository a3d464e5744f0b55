import { canonicalEmail } from '../names/email-address.js';
import { canonicalUsername } from '../names/username.js';
import type { UserChange } from '../user.js';

// Stored beside what was typed: an account is unique and looked up by these.
export function lookupForms({
  username,
  email,
  emailPlace,
}: UserChange): Record<string, string | null> {
  return {
    ...(username !== undefined && { usernameCanonical: canonicalUsername(username) }),
    ...(email !== undefined && { emailClaim: email && claimOf(emailPlace, canonicalEmail(email)) }),
  };
}

export function claimOf(place: number | null | undefined, canonical: string): string | null {
  return typeof place === 'number' ? `${place} ${canonical}` : null;
}

/** What is written to each unique field, as a condition that finds who has it; none: nothing. */
export function uniqueValues(written: UserChange): Record<string, unknown> {
  const keys = written.identities?.map(({ key }) => key);
  return { ...lookupForms(written), 'identities.key': keys && { $in: keys } };
}
