import { Schema, type SchemaDefinition, Types } from 'mongoose';
import { isPasskey } from '../factors/passkey.js';
import { NAME } from '../names/display-name.js';
import { parseEmail } from '../names/email-address.js';
import { USERNAME } from '../names/username.js';
import type { User } from '../user.js';

/** What an account's record holds beside the account: events that somebody is still to be told of. */
export interface Untold {
  readonly untold?: unknown[];
  /** When the oldest of them was kept, or when somebody took them. */
  readonly untoldSince?: Date;
}

/** An account as stored: beside what was typed stand the forms by which it is unique and looked up. */
export interface UserRecord extends Omit<User, 'id' | 'sessions' | 'emailPlace'>, Untold {
  readonly _id: Types.ObjectId;
  readonly usernameCanonical: string;
  /** Place and address in one text, as `emailClaim` joins them. */
  readonly emailClaim?: string;
  /** By id, so that each begins and ends by a field of its own. */
  readonly sessions?: Record<string, unknown>;
}

const text = (min: number, max: number) => ({
  type: String,
  validate: (value: string) => [...value].length >= min && [...value].length <= max,
});

const username = { ...text(1, USERNAME.max), required: true, match: USERNAME.pattern };
const guesses = new Schema(
  { wrong: { type: Number, required: true }, pausedUntil: Date },
  { _id: false },
);
const emailAddress = { type: String, validate: (value: string) => parseEmail(value) !== null };
const IDENTITY = {
  key: { type: String, required: true },
  provider: { type: String, required: true },
  linkedAt: { type: Date, required: true },
  name: text(NAME.min, NAME.max),
  lastUsedAt: Date,
};

const PASSKEY = {
  id: { type: String, required: true },
  publicKey: { type: String, required: true },
  counter: { type: Number, required: true },
  transports: [String],
  aaguid: { type: String, required: true },
  rpId: { type: String, required: true },
  name: text(NAME.min, NAME.max),
  backupEligible: { type: Boolean, required: true },
  backedUp: { type: Boolean, required: true },
  addedAt: { type: Date, required: true },
  lastUsedAt: Date,
};

const TOTP = {
  sealedSecret: { type: String, required: true },
  confirmedAt: { type: Date, required: true },
  lastStep: { type: Number, required: true },
};
const CODES = { hashes: [String], madeAt: { type: Date, required: true } };

/** One of a list: `id` is its own field, and none of Mongoose's. */
const item = (fields: SchemaDefinition) => new Schema(fields, { _id: false, id: false });
const former = (fields: SchemaDefinition) => [
  item({ ...fields, removedAt: { type: Date, required: true } }),
];

export const userSchema = new Schema<UserRecord>(
  {
    revision: { type: Number, required: true, default: 0 },
    username,
    usernameCanonical: { type: String, required: true },
    name: text(NAME.min, NAME.max),
    email: emailAddress,
    emailClaim: String,
    emailSince: Date,
    emailVerifiedAt: Date,
    emailMovedAt: Date,
    pendingEmail: new Schema({ email: emailAddress, askedAt: Date }, { _id: false }),
    // Absent unless there was one.
    formerEmails: {
      type: [
        new Schema({ email: emailAddress, verifiedAt: Date, replacedAt: Date }, { _id: false }),
      ],
      default: undefined,
    },
    passwordHash: String,
    passwordChangedAt: Date,
    identities: [new Schema({ ...IDENTITY, sealedToken: String }, { _id: false })],
    formerIdentities: {
      type: [new Schema({ ...IDENTITY, unlinkedAt: Date }, { _id: false })],
      default: undefined,
    },
    formerUsernames: {
      type: [new Schema({ username, replacedAt: Date }, { _id: false })],
      default: undefined,
    },
    undone: new Schema({ since: Date, at: Date }, { _id: false }),
    // Without a default, as the list of trusted devices below.
    // Each login by a passkey writes the list: one look at each costs less than casts of all its fields.
    passkeys: {
      type: [Schema.Types.Mixed],
      default: undefined,
      validate: (list: readonly unknown[]) => list.every(isPasskey),
    },
    passkeyUserHandle: String,
    passkeyDeclinedAt: Date,
    totp: item({ ...TOTP, guesses }),
    recoveryCodes: item({ ...CODES, guesses }),
    formerFactors: item({
      passkeys: former(PASSKEY),
      totps: former(TOTP),
      recoveryCodes: former(CODES),
    }),
    factorReset: new Schema(
      {
        askedAt: { type: Date, required: true },
        due: { type: Date, required: true },
        mailAt: Date,
        linkSince: Date,
      },
      { _id: false },
    ),
    // Without a default: an account without one has no such field.
    trustedDevices: {
      type: [
        new Schema(
          {
            id: { type: String, required: true },
            trustedAt: { type: Date, required: true },
            browser: new Schema({ browser: String, system: String }, { _id: false }),
          },
          { _id: false },
        ),
      ],
      default: undefined,
    },
    factorsChangedAt: Date,
    secondFactorAskedAt: Date,
    sessions: Schema.Types.Mixed,
    untold: { type: [Schema.Types.Mixed], default: undefined },
    untoldSince: Date,
    createdAt: { type: Date, required: true },
  },
  // Mongoose would leave out what holds nothing, such as an event without facts.
  { collection: 'users', versionKey: false, strict: 'throw', minimize: false },
);

userSchema.index({ usernameCanonical: 1 }, { unique: true });
// An account without a claim has no such field at all: a sparse index would still see a null. One field
// alone, since other servers tell of a duplicate by the first field of an index.
userSchema.index(
  { emailClaim: 1 },
  { unique: true, partialFilterExpression: { emailClaim: { $exists: true } } },
);
// One field alone: an index over two would pair every provider with every subject of an account.
userSchema.index(
  { 'identities.key': 1 },
  { unique: true, partialFilterExpression: { 'identities.key': { $exists: true } } },
);
userSchema.index(
  { 'passkeys.id': 1 },
  { unique: true, partialFilterExpression: { 'passkeys.id': { $exists: true } } },
);
// Partial: nearly no account has one of these fields, and the look-ups ask for those that have.
userSchema.index(
  { 'factorReset.mailAt': 1 },
  { partialFilterExpression: { 'factorReset.mailAt': { $exists: true } } },
);
userSchema.index(
  { untoldSince: 1 },
  { partialFilterExpression: { untoldSince: { $exists: true } } },
);
