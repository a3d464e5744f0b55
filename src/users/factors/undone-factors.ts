import type { User, UserChange } from '../user.js';
import type { Former, FormerFactors } from './factors.js';
import { formerFactors, orNone } from './former-factors.js';

/**
 * @param since when somebody did something who was not the owner
 * @param foreign ids of passkeys that are another account's by now; null: no passkey comes back
 * @returns what takes the passkeys and second factors off that were added since, brings those back that
 *   were removed since, and asks again wherever a browser was trusted
 */
export function factorsUndone(
  user: User,
  since: Date,
  now: Date,
  foreign: ReadonlySet<string> | null,
): UserChange {
  const { totp, recoveryCodes, passkeys = [] } = user;
  const former = formerFactors(user, now);
  const kept = passkeys.filter(({ addedAt }) => addedAt < since);
  const back = former.passkeys
    .filter((each) => wasThere(each, each.addedAt, since))
    .filter(({ id }) => foreign && !foreign.has(id) && !kept.some((each) => each.id === id));
  const ownPasskeys = [...kept, ...back.map(asWas)];
  const app = former.totps.findLast((each) => wasThere(each, each.confirmedAt, since));
  // A date that some other hand has damaged is no later one.
  const ownApp = totp && !(totp.confirmedAt >= since) ? totp : app && asWas(app);
  const codes = former.recoveryCodes.findLast((each) => wasThere(each, each.madeAt, since));
  const areOld = recoveryCodes && !(recoveryCodes.madeAt >= since);
  const codesThen = areOld ? recoveryCodes : codes && asWas(codes);
  // Codes stand in for another factor: without one they are worth nothing.
  const ownCodes = ownApp || ownPasskeys.length > 0 ? codesThen : undefined;
  const change: UserChange = {
    ...(ownApp !== totp && { totp: ownApp ?? null }),
    ...(ownCodes !== recoveryCodes && { recoveryCodes: ownCodes ?? null }),
    ...((back.length > 0 || kept.length < passkeys.length) && {
      passkeys: ownPasskeys.length > 0 ? ownPasskeys : null,
    }),
  };
  const isOther = Object.keys(change).length > 0;
  return {
    ...change,
    trustedDevices: null,
    formerFactors: orNone(removedBefore(former, since)),
    ...(isOther && { factorsChangedAt: now }),
  };
}

// What was added since is none of the owner's.
function wasThere({ removedAt }: { readonly removedAt: Date }, addedAt: Date, since: Date) {
  return removedAt >= since && addedAt < since;
}

function asWas<T>(former: Former<T>): Omit<Former<T>, 'removedAt'> {
  const { removedAt: _, ...factor } = former;
  return factor;
}

function removedBefore(former: FormerFactors, since: Date): FormerFactors {
  const isBefore = ({ removedAt }: { readonly removedAt: Date }) => removedAt < since;
  return {
    passkeys: former.passkeys.filter(isBefore),
    totps: former.totps.filter(isBefore),
    recoveryCodes: former.recoveryCodes.filter(isBefore),
  };
}
