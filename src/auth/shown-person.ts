import type { Request } from 'express';
import { initials } from '../users/names/initials.js';
import { profileOf } from '../users/profile.js';
import type { User } from '../users/user.js';
import type { WaysIn } from '../users/ways-in.js';
import type { Reauthentication } from './reauthentication/reauthentication.js';

/** @returns what pages may know of the person signed in: no hash, no identity's key */
export function shown(
  request: Request,
  waysIn: WaysIn,
  reauthentication: Reauthentication,
): object {
  const user = request.user as User;
  const { username, name, email, emailVerifiedAt, emailMovedAt, createdAt } = user;
  const ways = waysIn.opening(user);
  const hasPassword = ways.some(({ reauthentication: by }) => by === 'password');
  return {
    ...profileOf(user),
    initials: initials(name ?? username),
    email,
    emailVerified: emailVerifiedAt !== undefined,
    emailMoved: emailMovedAt !== undefined,
    hasPassword,
    // Without a second factor that was shown the form leads to the page that asks for both.
    asksPassword:
      hasPassword && reauthentication.hasFactor(request) && !reauthentication.isRepeated(request),
    createdAt,
  };
}
