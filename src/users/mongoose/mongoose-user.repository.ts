import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { type Model, Types } from 'mongoose';
import { Database } from '../../core/database/database.js';
import { duplicateKey } from '../../core/database/outage.js';
import { canonicalEmail } from '../names/email-address.js';
import { EmailAlreadyRegistered, IdentityTaken, UsernameTaken } from '../user.errors.js';
import type { NewUser, User, UserChange } from '../user.js';
import { UserRepository } from '../user.repository.js';
import { canonicalUsername } from '../names/username.js';
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

  newId(): string {
    return new Types.ObjectId().toHexString();
  }

  async insert({ id, ...user }: NewUser): Promise<User> {
    const identities = [...user.identities];
    const record = await translated(
      this.users.create({ ...user, identities, ...lookupForms(user), _id: new Types.ObjectId(id) }),
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

  findByIdentity(key: string): Promise<User | null> {
    return this.findOne({ 'identities.key': key });
  }

  async update({ id, revision }: User, change: UserChange): Promise<User | null> {
    const fields = Object.entries({ ...change, ...lookupForms(change) });
    const record = await translated(
      this.users
        .findOneAndUpdate(
          { _id: id, revision },
          {
            $set: Object.fromEntries(fields.filter(([, value]) => value !== null)),
            $unset: Object.fromEntries(fields.filter(([, value]) => value === null)),
            $inc: { revision: 1 },
          },
          { returnDocument: 'after', runValidators: true },
        )
        .lean()
        .exec(),
    );
    return record && toUser(record);
  }

  async delete({ id, revision }: User): Promise<boolean> {
    const { deletedCount } = await this.users.deleteOne({ _id: id, revision });
    return deletedCount === 1;
  }

  private async findOne(filter: object): Promise<User | null> {
    const record = await this.users.findOne(filter).lean();
    return record && toUser(record);
  }
}

// Stored beside what was typed: an account is unique and looked up by these.
function lookupForms({ username, email }: UserChange): object {
  return {
    ...(username !== undefined && { usernameCanonical: canonicalUsername(username) }),
    ...(email !== undefined && { emailCanonical: email && canonicalEmail(email) }),
  };
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const field = duplicateKey(error);
    if (field === 'usernameCanonical') throw new UsernameTaken();
    if (field === 'emailCanonical') throw new EmailAlreadyRegistered();
    if (field === 'identities.key') throw new IdentityTaken();
    throw error;
  }
}

function toUser({ _id, usernameCanonical: _u, emailCanonical: _e, ...user }: UserRecord): User {
  return { ...user, id: _id.toHexString() };
}
