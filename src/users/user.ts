import type { LinkedIdentity } from './identity.js';
import type { AccountProfile } from './profile.js';

/** A person's account. Whatever counts as a way in is in this one document. */
export interface User extends AccountProfile {
  readonly id: string;
  /** Raised by each change: a write that was decided on an older one is refused. */
  readonly revision: number;
  /** As typed. */
  readonly email?: string;
  /** When control of the address was shown; absent: it is only what somebody typed. */
  readonly emailVerifiedAt?: Date;
  /** When an address that nobody had verified went to its owner; absent once the person was told. */
  readonly emailMovedAt?: Date;
  readonly passwordHash?: string;
  readonly passwordChangedAt?: Date;
  readonly identities: readonly LinkedIdentity[];
  /** A session is good while it carries this number; raising it ends all others at once. */
  readonly sessionEpoch: number;
  readonly createdAt: Date;
}

/** What an account starts with. */
export type NewUser = Omit<User, 'revision' | 'sessionEpoch' | 'emailMovedAt'>;

/** Fields of an account that change together: null takes a value away, what is absent stays. */
export type UserChange = {
  readonly [Field in Exclude<keyof User, 'id' | 'revision' | 'createdAt'>]?:
    User[Field] | (undefined extends User[Field] ? null : never);
};
