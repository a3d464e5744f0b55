import type { User, UserChange } from '../user.js';

/**
 * @param since when somebody did something who was not the owner
 * @returns what takes the second factors off that were added since, and asks again wherever a browser was
 *   trusted
 */
export function withoutFactorsSince(user: User, since: Date, now: Date): UserChange {
  const { totp, recoveryCodes } = user;
  const app = totp && totp.confirmedAt >= since;
  // Codes stand in for another factor: without one they are worth nothing.
  const codes = recoveryCodes && (recoveryCodes.madeAt >= since || app || !totp);
  return {
    trustedDevices: null,
    ...(app && { totp: null }),
    ...(codes && { recoveryCodes: null }),
    ...((app || codes) && { factorsChangedAt: now }),
  };
}
