import { HOUR, SECOND } from '../../core/clock.js';
import { TooManyAttempts } from '../../core/domain-error.js';
import type { Guesses } from '../../users/factors/factors.js';

/** Wrong codes that a person may type in a row without a pause (OWASP ASVS 6.6.3). */
const FREE = 5;
const FIRST_PAUSE = 30 * SECOND;
/** Whoever has the password could otherwise keep the owner out for ever. */
const LONGEST_PAUSE = 1 * HOUR;

/** How long no other code is looked at; none is shorter than a minute but the first. */
export interface PauseBegun {
  readonly seconds: number;
  readonly minutes: number;
}

export const NO_PAUSE: PauseBegun = { seconds: 0, minutes: 0 };

/**
 * @returns what stands in the way of a try at a code; null when it may be made. The guesses are a part of
 *   the account, so that no new login resets them, and each is counted by the write that tells its outcome.
 */
export function pauseIn(guesses: Guesses | undefined, now: Date): TooManyAttempts | null {
  // What some other hand has written is no pause.
  const until: unknown = guesses?.pausedUntil;
  const left = (until instanceof Date ? until.getTime() : 0) - now.getTime();
  // An end that is further ahead was set by a clock that was wrong.
  const isPaused = left > 0 && left <= LONGEST_PAUSE;
  return isPaused ? new TooManyAttempts(Math.ceil(left / SECOND)) : null;
}

/** @returns the pause that a wrong code has begun */
export function pauseBegun({ pausedUntil }: Guesses, now: Date): PauseBegun {
  if (!pausedUntil) return NO_PAUSE;
  const seconds = (pausedUntil.getTime() - now.getTime()) / SECOND;
  return { seconds, minutes: seconds / 60 };
}

/** @returns the guesses with a wrong one more */
export function withWrong(guesses: Guesses | undefined, now: Date): Guesses {
  const before: unknown = guesses?.wrong;
  const wrong = (typeof before === 'number' && before >= 0 ? before : 0) + 1;
  if (wrong < FREE) return { wrong };
  const pause = Math.min(FIRST_PAUSE * 2 ** (wrong - FREE), LONGEST_PAUSE);
  return { wrong, pausedUntil: new Date(now.getTime() + pause) };
}
