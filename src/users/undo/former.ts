import { DAY, isDate } from '../../core/clock.js';
import type { FormerIdentity, LinkedIdentity } from '../identity.js';
import { parseEmail } from '../names/email-address.js';
import { isFilled, isName } from '../names/stored-text.js';
import { VERIFIED_PLACE } from '../email-places.js';
import { USERNAME } from '../names/username.js';
import type { FormerEmail, FormerUsername, User, UserChange } from '../user.js';

/** How long what a thief has done can be undone from the mailbox of before, in milliseconds. */
export const UNDO_WINDOW = 7 * DAY;

/** Changes of the address within the window; more would be somebody who pushes the owner's mailbox out. */
export const MAX_FORMER_EMAILS = 5;
const MAX_FORMER_IDENTITIES = 20;
const MAX_FORMER_USERNAMES = 20;

/** @returns the former addresses that still count */
export function formerEmails(user: User, now: Date): readonly FormerEmail[] {
  return listed(user.formerEmails, isFormerEmail).filter(({ replacedAt }) =>
    isWithin(replacedAt, now),
  );
}

/** @returns what gives an account a verified address; the mailbox of before keeps its power for some days */
export function withEmail(user: User, email: string, now: Date): UserChange {
  const { email: before, emailVerifiedAt: verifiedAt } = user;
  const former = before !== undefined &&
    verifiedAt && { email: before, verifiedAt, replacedAt: now };
  return {
    email,
    emailPlace: VERIFIED_PLACE,
    emailSince: now,
    emailVerifiedAt: now,
    pendingEmail: null,
    formerEmails: [...formerEmails(user, now), ...(former ? [former] : [])],
  };
}

/**
 * The ones that were linked first are kept: those of the owner, whatever a thief links and unlinks to push
 * them out.
 *
 * @returns the former identities that still count, with one more
 */
export function formerIdentities(
  user: User,
  now: Date,
  unlinked: readonly LinkedIdentity[] = [],
): readonly FormerIdentity[] {
  return [...storedIdentities(user), ...unlinked.map((each) => asFormer(each, now))]
    .filter(({ unlinkedAt }) => isWithin(unlinkedAt, now))
    .toSorted((one, other) => one.linkedAt.getTime() - other.linkedAt.getTime())
    .slice(0, MAX_FORMER_IDENTITIES);
}

/** @returns the former user names that still count */
export function formerUsernames(user: User, now: Date): readonly FormerUsername[] {
  return listed(user.formerUsernames, isFormerUsername).filter(({ replacedAt }) =>
    isWithin(replacedAt, now),
  );
}

/**
 * Keeps the user name that another one takes the place of: the owner logs in by it. The oldest are kept, for
 * the same reason as with identities.
 *
 * @param username the new one; left out: the name stays
 */
export function withFormerUsername(
  user: User,
  username: string | undefined,
  now: Date,
): Pick<UserChange, 'formerUsernames'> {
  if (username === undefined || username === user.username) return {};
  const former = [...formerUsernames(user, now), { username: user.username, replacedAt: now }];
  return { formerUsernames: former.slice(0, MAX_FORMER_USERNAMES) };
}

/** @returns the former identities, those that count no more as well */
export function storedIdentities(user: User): readonly FormerIdentity[] {
  return listed(user.formerIdentities, isFormerIdentity);
}

// The token was revoked with the link.
function asFormer(linked: LinkedIdentity, unlinkedAt: Date): FormerIdentity {
  const { sealedToken: _, ...identity } = linked;
  return { ...identity, unlinkedAt };
}

/** Whether an undo may still bring back what went then. */
export function isWithin(date: Date, now: Date): boolean {
  return now.getTime() - date.getTime() < UNDO_WINDOW;
}

/**
 * What some other hand has written is left out, and so is what could not be written again: the owner must not be
 * kept from an undo.
 */
export function listed<T>(value: unknown, isWhole: (item: unknown) => item is T): readonly T[] {
  return Array.isArray(value) ? value.filter(isWhole) : [];
}

function isFormerEmail(item: unknown): item is FormerEmail {
  const { email, verifiedAt, replacedAt } = Object(item) as Fields<FormerEmail>;
  const isAddress = typeof email === 'string' && parseEmail(email) !== null;
  return isAddress && isDate(verifiedAt) && isDate(replacedAt);
}

function isFormerUsername(item: unknown): item is FormerUsername {
  const { username, replacedAt } = Object(item) as Fields<FormerUsername>;
  return (
    typeof username === 'string' &&
    USERNAME.pattern.test(username) &&
    username.length <= USERNAME.max &&
    isDate(replacedAt)
  );
}

function isFormerIdentity(item: unknown): item is FormerIdentity {
  const fields = Object(item) as Fields<FormerIdentity>;
  const { key, provider, name, linkedAt, unlinkedAt, lastUsedAt = linkedAt } = fields;
  const isNamed = name === undefined || isName(name);
  return (
    isNamed && [key, provider].every(isFilled) && [linkedAt, unlinkedAt, lastUsedAt].every(isDate)
  );
}

type Fields<T> = Partial<Record<keyof T, unknown>>;
