import { isDate, MOST_AHEAD } from '../../core/clock.js';
import type { User } from '../user.js';

/**
 * Whether the last undo has taken back what was done then. The end of one that a clock has set that was ahead
 * counts for nothing: until then no mail would have power.
 */
export function isUndone({ undone }: User, then: Date, now: Date): boolean {
  if (!isDate(undone?.since) || !isDate(undone.at)) return false;
  const isAhead = undone.at.getTime() - now.getTime() > MOST_AHEAD;
  return undone.since <= then && then < undone.at && !isAhead;
}
