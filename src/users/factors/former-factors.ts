import { isDate } from '../../core/clock.js';
import { isFilled } from '../names/stored-text.js';
import { isWithin, listed } from '../undo/former.js';
import type { User, UserChange } from '../user.js';
import type { Former, FormerFactors, RecoveryCodes, Totp } from './factors.js';
import { isPasskey, type Passkey } from './passkey.js';

/** Of each kind; an account has fewer at a time. */
export const MAX_FORMER = 20;

/** @returns the removed factors that an undo may still bring back */
export function formerFactors(user: User, now: Date): FormerFactors {
  return counting(storedFactors(user), now);
}

/** @returns the removed factors, those that count no more as well */
export function storedFactors({ formerFactors: stored }: User): FormerFactors {
  const { passkeys, totps, recoveryCodes } = Object(stored) as Fields<FormerFactors>;
  return {
    passkeys: listed(passkeys, isFormerPasskey),
    totps: listed(totps, isFormerTotp),
    recoveryCodes: listed(recoveryCodes, isFormerCodes),
  };
}

/**
 * Keeps what a change takes from an account or replaces, so that an undo can bring it back: by the same
 * write, since whoever crashes us in between would have taken it for good.
 *
 * @returns the change with what it keeps
 */
export function keepingFormer(user: User, change: UserChange, now: Date): UserChange {
  const { totp, recoveryCodes, passkeys = [] } = user;
  const removed = (each: Passkey) => !change.passkeys?.some(({ id }) => id === each.id);
  const gone = {
    passkeys: change.passkeys === undefined ? [] : passkeys.filter(removed),
    totps: change.totp === undefined || !totp ? [] : [totp],
    recoveryCodes: change.recoveryCodes === undefined || !recoveryCodes ? [] : [recoveryCodes],
  };
  const isNone = Object.values(gone).every(({ length }) => length === 0);
  if (isNone && !user.formerFactors) return change;
  const before = storedFactors(user);
  const removedAt = now;
  const all = {
    passkeys: [...before.passkeys, ...gone.passkeys.map((each) => ({ ...each, removedAt }))],
    totps: [...before.totps, ...gone.totps.map((each) => former(each, now))],
    recoveryCodes: [
      ...before.recoveryCodes,
      ...gone.recoveryCodes.map((each) => former(each, now)),
    ],
  };
  // What some other hand has damaged could not be written again.
  const whole = storedFactors({ ...user, formerFactors: all });
  return { ...change, formerFactors: orNone(counting(whole, now)) };
}

/** @returns null for an account that keeps nothing, which has no such field */
export function orNone(factors: FormerFactors): FormerFactors | null {
  const isNone = Object.values(factors).every(({ length }) => length === 0);
  return isNone ? null : factors;
}

function counting({ passkeys, totps, recoveryCodes }: FormerFactors, now: Date): FormerFactors {
  return {
    passkeys: kept(passkeys, ({ addedAt }) => addedAt, now),
    totps: kept(totps, ({ confirmedAt }) => confirmedAt, now),
    recoveryCodes: kept(recoveryCodes, ({ madeAt }) => madeAt, now),
  };
}

// Whoever has the factor back is not kept waiting by guesses of whoever took it.
function former<T extends Totp | RecoveryCodes>(factor: T, removedAt: Date): Former<T> {
  const { guesses: _, ...rest } = factor;
  return { ...rest, removedAt };
}

// Those that the account had first are kept: the owner's, whatever a thief adds and removes to push them out.
function kept<T extends { readonly removedAt: Date }>(
  all: readonly T[],
  since: (each: T) => Date,
  now: Date,
): T[] {
  return all
    .filter(({ removedAt }) => isWithin(removedAt, now))
    .toSorted((one, other) => since(one).getTime() - since(other).getTime())
    .slice(0, MAX_FORMER);
}

type Fields<T> = Partial<Record<keyof T, unknown>>;

function isFormerPasskey(item: unknown): item is Former<Passkey> {
  return isPasskey(item) && isDate(Reflect.get(item, 'removedAt'));
}

function isFormerTotp(item: unknown): item is Former<Totp> {
  const { sealedSecret, confirmedAt, lastStep, removedAt } = Object(item) as Fields<Former<Totp>>;
  const isWhole = isFilled(sealedSecret) && Number.isSafeInteger(lastStep);
  return isWhole && isDate(confirmedAt) && isDate(removedAt);
}

function isFormerCodes(item: unknown): item is Former<RecoveryCodes> {
  const { hashes, madeAt, removedAt } = Object(item) as Fields<Former<RecoveryCodes>>;
  const isWhole = Array.isArray(hashes) && hashes.every((each) => typeof each === 'string');
  return isWhole && isDate(madeAt) && isDate(removedAt);
}
