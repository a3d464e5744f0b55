import { Schema, Types } from 'mongoose';
import type { LinkedIdentity } from '../identity.js';
import { NAME } from '../names/display-name.js';
import { parseEmail } from '../names/email-address.js';
import { USERNAME } from '../names/username.js';

/** An account as stored. */
export interface UserRecord {
  _id: Types.ObjectId;
  revision: number;
  username: string;
  usernameCanonical: string;
  name?: string;
  email?: string;
  emailCanonical?: string;
  emailVerifiedAt?: Date;
  emailMovedAt?: Date;
  passwordHash?: string;
  passwordChangedAt?: Date;
  identities: LinkedIdentity[];
  sessionEpoch: number;
  createdAt: Date;
}

const text = (min: number, max: number) => ({
  type: String,
  validate: (value: string) => [...value].length >= min && [...value].length <= max,
});

export const userSchema = new Schema<UserRecord>(
  {
    revision: { type: Number, required: true, default: 0 },
    username: { ...text(1, USERNAME.max), required: true, match: USERNAME.pattern },
    usernameCanonical: { type: String, required: true },
    name: text(NAME.min, NAME.max),
    email: { type: String, validate: (value: string) => parseEmail(value) !== null },
    emailCanonical: String,
    emailVerifiedAt: Date,
    emailMovedAt: Date,
    passwordHash: String,
    passwordChangedAt: Date,
    identities: [
      new Schema(
        {
          key: { type: String, required: true },
          provider: { type: String, required: true },
          linkedAt: { type: Date, required: true },
          name: text(NAME.min, NAME.max),
          lastUsedAt: Date,
          sealedToken: String,
        },
        { _id: false },
      ),
    ],
    sessionEpoch: { type: Number, required: true, default: 0 },
    createdAt: { type: Date, required: true },
  },
  { collection: 'users', versionKey: false, strict: 'throw' },
);

userSchema.index({ usernameCanonical: 1 }, { unique: true });
// An account without an address has no such field at all: a sparse index would still see a null.
userSchema.index(
  { emailCanonical: 1 },
  { unique: true, partialFilterExpression: { emailCanonical: { $exists: true } } },
);
// One field alone: an index over two would pair every provider with every subject of an account.
userSchema.index(
  { 'identities.key': 1 },
  { unique: true, partialFilterExpression: { 'identities.key': { $exists: true } } },
);
