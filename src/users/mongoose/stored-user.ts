import { isDate } from '../../core/clock.js';
import { isPasskey } from '../factors/passkey.js';
import type { RecoveryCodes, TrustedDevice } from '../factors/factors.js';
import type { User } from '../user.js';
import { sessionsIn } from './session-records.js';
import type { UserRecord } from './user.schema.js';

/**
 * @returns the account that a record holds, without what some other hand has written in the place of its
 *   factors and of the dates of its address, which every page asks for. An address without its date is not
 *   verified; its next verification writes it anew.
 */
export function toUser(record: UserRecord): User {
  const { _id, usernameCanonical: _, untold: _u, untoldSince: _s, ...rest } = record;
  const { emailClaim, emailSince, emailVerifiedAt, sessions, ...others } = rest;
  const { passkeys, recoveryCodes, trustedDevices, ...user } = others;
  const [keys, devices] = [listOf(passkeys, isPasskey), listOf(trustedDevices, isDevice)];
  return {
    ...user,
    ...(keys.length > 0 && { passkeys: keys }),
    ...(areCodes(recoveryCodes) && { recoveryCodes }),
    ...(devices.length > 0 && { trustedDevices: devices }),
    ...(emailClaim !== undefined && { emailPlace: Number(emailClaim.split(' ')[0]) }),
    ...(isDate(emailSince) && { emailSince }),
    ...(isDate(emailVerifiedAt) && { emailVerifiedAt }),
    id: _id.toHexString(),
    sessions: sessionsIn(sessions),
  };
}

function listOf<T>(stored: unknown, isWhole: (item: unknown) => item is T): readonly T[] {
  return Array.isArray(stored) ? stored.filter(isWhole) : [];
}

type Fields<T> = Partial<Record<keyof T, unknown>>;

function areCodes(value: unknown): value is RecoveryCodes {
  const { hashes, madeAt } = Object(value) as Fields<RecoveryCodes>;
  return isListOf(hashes, isText) && isDate(madeAt);
}

function isDevice(item: unknown): item is TrustedDevice {
  const { id, trustedAt } = Object(item) as Fields<TrustedDevice>;
  return isText(id) && isDate(trustedAt);
}

function isListOf(value: unknown, isOne: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
