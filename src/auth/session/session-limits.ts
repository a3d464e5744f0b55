import { DAY, HOUR, MOST_AHEAD, SECOND } from '../../core/clock.js';
import type { Session } from '../../users/session.js';

/** How long a session lives, in milliseconds (OWASP ASVS 7.3, NIST SP 800-63B-4 section 2). */
export const SESSION_LIMITS = {
  standard: { idle: 1 * HOUR, absolute: 24 * HOUR },
  remembered: { idle: 30 * DAY, absolute: 90 * DAY },
} as const;

/** A page view writes "last seen" at most this often; the idle limit is lengthened by it, so it never ends a session early. */
const NOTE_EVERY = 30 * SECOND;

/** What one account holds; a person has fewer browsers, and each request reads them. */
const MAX_SESSIONS = 50;

/** Whether a session has come to its end: at the idle or at the absolute limit, or by dates that are none. */
export function isOver({ startedAt, lastSeenAt, remember }: Session, now: Date): boolean {
  const { idle, absolute } = remember ? SESSION_LIMITS.remembered : SESSION_LIMITS.standard;
  const [age, pause] = [startedAt, lastSeenAt].map((date) => now.getTime() - date.getTime());
  return !(isWithin(age, absolute) && isWithin(pause, idle + NOTE_EVERY));
}

// A stored date that JavaScript does not have is no number here.
function isWithin(time = NaN, limit: number): boolean {
  return time >= -MOST_AHEAD && time < limit;
}

/** Whether it is time to write that a session was seen. */
export function isToBeNoted({ lastSeenAt }: Session, now: Date): boolean {
  return now.getTime() - lastSeenAt.getTime() >= NOTE_EVERY;
}

/** @returns the ids of the sessions that end when one more begins: those that are over, and the oldest of too many */
export function displaced(sessions: readonly Session[], now: Date): string[] {
  const [over, living] = [true, false].map((end) =>
    sessions.filter((each) => isOver(each, now) === end),
  );
  const oldest = (living ?? [])
    .toSorted((one, other) => other.lastSeenAt.getTime() - one.lastSeenAt.getTime())
    .slice(MAX_SESSIONS - 1);
  return [...(over ?? []), ...oldest].map(({ id }) => id);
}
