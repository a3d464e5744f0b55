import { DAY } from '../../core/clock.js';
import type { FormerIdentity, LinkedIdentity } from '../identity.js';
import type { FormerEmail, User } from '../user.js';

/** How long what a thief has done can be undone from the mailbox of before, in milliseconds. */
export const UNDO_WINDOW = 7 * DAY;

/** Changes of the address within the window; more would be somebody who pushes the owner's mailbox out. */
export const MAX_FORMER_EMAILS = 5;
/** The oldest are kept, which are the owner's. */
const MAX_FORMER_IDENTITIES = 20;

/** @returns the former addresses that still count */
export function formerEmails({ formerEmails: all = [] }: User, now: Date): readonly FormerEmail[] {
  return all.filter(({ replacedAt }) => isWithin(replacedAt, now));
}

/** @returns the former identities that still count, with one more */
export function formerIdentities(
  { formerIdentities: all = [] }: User,
  now: Date,
  unlinked: readonly LinkedIdentity[] = [],
): readonly FormerIdentity[] {
  const more = unlinked.map((each) => asFormer(each, now));
  const counting = all.filter(({ unlinkedAt }) => isWithin(unlinkedAt, now));
  return [...counting, ...more].slice(0, MAX_FORMER_IDENTITIES);
}

// The token was revoked with the link.
function asFormer(linked: LinkedIdentity, unlinkedAt: Date): FormerIdentity {
  const { sealedToken: _, ...identity } = linked;
  return { ...identity, unlinkedAt };
}

function isWithin(date: Date, now: Date): boolean {
  return now.getTime() - date.getTime() < UNDO_WINDOW;
}
