import type { Passkey } from '../../src/users/factors/passkey.js';
import { identityKey, type LinkedIdentity } from '../../src/users/identity.js';

export const CREATED = new Date('2026-03-01T10:00:00.000Z');
export const LATER = new Date('2026-03-02T11:30:00.000Z');

export const identity = (provider: string, subject: string): LinkedIdentity => ({
  key: identityKey(`https://${provider}.example`, subject),
  provider,
  linkedAt: CREATED,
});
export const passkey = (id: string, more: Partial<Passkey> = {}): Passkey => ({
  id,
  publicKey: 'cHVibGlj',
  counter: 0,
  transports: ['internal'],
  aaguid: '01020304-0506-0708-0102-030405060708',
  rpId: 'localhost',
  backupEligible: false,
  backedUp: false,
  addedAt: CREATED,
  ...more,
});
export const github = identity('github', '007');

export const ada = {
  username: 'Ada',
  name: 'Ada Lovelace',
  email: 'Ada@Example.com',
  emailPlace: 0,
  emailVerifiedAt: CREATED,
  passwordHash: 'hash-1',
  passwordChangedAt: CREATED,
  identities: [github],
};
export const bob = { username: 'bob', email: 'bob@example.com', emailPlace: 1 };
