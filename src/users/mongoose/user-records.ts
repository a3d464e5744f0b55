import { types } from 'node:util';
import type { User } from '../user.js';
import { sessionsIn } from './session-records.js';
import type { UserRecord } from './user.schema.js';

/**
 * @returns the account that a record holds. What some other hand has written in the place of a date of its
 *   address is left out: the address is not verified then, and its next verification writes the date anew.
 */
export function toUser(record: UserRecord): User {
  const { _id, usernameCanonical: _, untold: _u, untoldSince: _s, ...rest } = record;
  const { emailClaim, emailSince, emailVerifiedAt, sessions, ...user } = rest;
  return {
    ...user,
    ...(emailClaim !== undefined && { emailPlace: Number(emailClaim.split(' ')[0]) }),
    ...(isDate(emailSince) && { emailSince }),
    ...(isDate(emailVerifiedAt) && { emailVerifiedAt }),
    id: _id.toHexString(),
    sessions: sessionsIn(sessions),
  };
}

function isDate(value: unknown): value is Date {
  return types.isDate(value) && !Number.isNaN(value.getTime());
}
