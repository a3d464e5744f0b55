import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { type Model, Types, type UpdateQuery } from 'mongoose';
import { Database } from '../../core/database/database.js';
import { duplicateKey } from '../../core/database/outage.js';
import { EmailAlreadyRegistered, IdentityTaken, UsernameTaken } from '../user.errors.js';
import { canonicalEmail } from '../email-address.js';
import {
  type Identity,
  type LinkedIdentity,
  type NewUser,
  PASSWORD_HASH,
  type Profile,
  type User,
} from '../user.js';
import { canonicalUsername } from '../username.js';
import { UserRepository } from '../user.repository.js';
import type { UserRecord } from './user.schema.js';

@Injectable()
export class MongooseUserRepository extends UserRepository {
  constructor(
    @InjectModel('User') private readonly users: Model<UserRecord>,
    database: Database,
  ) {
    super();
    // Without the unique indexes nothing here holds, so the application is not ready before them.
    database.prepare(() => users.createIndexes());
  }

  async insert(user: NewUser): Promise<User> {
    const record = await translated(
      this.users.create({
        ...user,
        identities: [...(user.identities ?? [])],
        usernameCanonical: canonicalUsername(user.username),
        ...(user.email !== undefined && { emailCanonical: canonicalEmail(user.email) }),
        ...(user.passwordHash !== undefined && { passwordChangedAt: user.createdAt }),
      }),
    );
    return toUser(record.toObject());
  }

  async findById(id: string): Promise<User | null> {
    return Types.ObjectId.isValid(id) ? this.findOne({ _id: id }) : null;
  }

  findByUsername(canonical: string): Promise<User | null> {
    return this.findOne({ usernameCanonical: canonical });
  }

  findByEmail(canonical: string): Promise<User | null> {
    return this.findOne({ emailCanonical: canonical });
  }

  updateProfile(id: string, profile: Profile): Promise<User | null> {
    const fields = { ...profile, usernameCanonical: canonicalUsername(profile.username) };
    const entries = Object.entries(fields);
    return this.update(id, {
      $set: Object.fromEntries(entries.filter(([, value]) => value !== null)),
      $unset: Object.fromEntries(entries.filter(([, value]) => value === null)),
    });
  }

  updateEmail(id: string, epoch: number, email: string): Promise<User | null> {
    return this.update(
      id,
      {
        $set: { email, emailCanonical: canonicalEmail(email) },
        $unset: { emailVerifiedAt: 1 },
      },
      { sessionEpoch: epoch },
    );
  }

  changePassword(id: string, epoch: number, newHash: string, at: Date): Promise<User | null> {
    return this.update(
      id,
      { $set: { passwordHash: newHash, passwordChangedAt: at }, $inc: { sessionEpoch: 1 } },
      { sessionEpoch: epoch },
    );
  }

  async replaceHash(id: string, expectedHash: string, newHash: string): Promise<void> {
    await this.update(id, { $set: { passwordHash: newHash } }, { passwordHash: expectedHash });
  }

  findByIdentity(identity: Identity): Promise<User | null> {
    return this.findOne(matching(identity));
  }

  link(
    id: string,
    epoch: number,
    identity: LinkedIdentity,
    sealedToken?: string,
  ): Promise<User | null> {
    const { provider } = identity;
    return this.update(
      id,
      {
        $push: { identities: identity },
        ...(sealedToken !== undefined && { $set: { [`sealedTokens.${provider}`]: sealedToken } }),
      },
      { sessionEpoch: epoch, 'identities.provider': { $ne: provider } },
    );
  }

  async unlink(
    id: string,
    epoch: number,
    provider: string,
    otherProviders: readonly string[],
  ): Promise<User | null> {
    const others = otherProviders.filter((each) => each !== provider);
    const before = await this.users
      .findOneAndUpdate(
        {
          _id: id,
          sessionEpoch: epoch,
          'identities.provider': provider,
          $or: [{ passwordHash: PASSWORD_HASH }, { 'identities.provider': { $in: others } }],
        },
        {
          $pull: { identities: { provider } },
          $unset: { [`sealedTokens.${provider}`]: 1 },
          $inc: { sessionEpoch: 1 },
        },
        { returnDocument: 'before' },
      )
      .lean();
    return before && toUser(before);
  }

  async keepToken(identity: Identity, sealedToken: string): Promise<void> {
    await this.users.updateOne(matching(identity), {
      $set: { [`sealedTokens.${identity.provider}`]: sealedToken },
    });
  }

  async verifyEmail(id: string, canonical: string, at: Date): Promise<void> {
    const unproved = { emailCanonical: canonical, emailVerifiedAt: { $exists: false } };
    await this.update(id, { $set: { emailVerifiedAt: at } }, unproved);
  }

  async releaseEmail(id: string, canonical: string, at: Date): Promise<boolean> {
    const changed = await this.update(
      id,
      { $unset: { email: 1, emailCanonical: 1 }, $set: { emailMovedAt: at } },
      { emailCanonical: canonical, emailVerifiedAt: { $exists: false } },
    );
    return changed !== null;
  }

  async forgetMovedEmail(id: string): Promise<void> {
    await this.update(id, { $unset: { emailMovedAt: 1 } });
  }

  async delete(id: string, epoch: number): Promise<User | null> {
    const record = await this.users.findOneAndDelete({ _id: id, sessionEpoch: epoch }).lean();
    return record && toUser(record);
  }

  private async findOne(filter: object): Promise<User | null> {
    const record = await this.users.findOne(filter).lean();
    return record && toUser(record);
  }

  private async update(
    id: string,
    change: UpdateQuery<UserRecord>,
    condition: object = {},
  ): Promise<User | null> {
    const record = await translated(
      this.users
        .findOneAndUpdate({ _id: id, ...condition }, change, {
          returnDocument: 'after',
          runValidators: true,
        })
        .lean()
        .exec(),
    );
    return record && toUser(record);
  }
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const field = duplicateKey(error);
    if (field === 'usernameCanonical') throw new UsernameTaken();
    if (field === 'emailCanonical') throw new EmailAlreadyRegistered();
    if (field?.startsWith('identities.')) throw new IdentityTaken();
    throw error;
  }
}

function matching({ provider, subject }: Identity): object {
  // Both from one element; the first condition lets every server use the index.
  return { 'identities.subject': subject, identities: { $elemMatch: { provider, subject } } };
}

function toUser({ _id, usernameCanonical: _u, emailCanonical: _e, ...user }: UserRecord): User {
  return { ...user, id: _id.toHexString() };
}
