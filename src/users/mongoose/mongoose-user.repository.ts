import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { type Model, Types } from 'mongoose';
import { Database } from '../../core/database/database.js';
import { duplicateField } from '../../core/database/duplicate-key.js';
import { notePlace } from '../../core/database/error-facts.js';
import { collectionOf } from '../../core/database/indexes.js';
import { canonicalEmail } from '../names/email-address.js';
import { EmailAlreadyRegistered, IdentityTaken, UsernameTaken } from '../user.errors.js';
import type { NewUser, User, UserChange } from '../user.js';
import { type AsRead, UserRepository } from '../user.repository.js';
import { canonicalUsername } from '../names/username.js';
import { sessionFields, sessionsIn } from './session-records.js';
import { type UserRecord, userSchema } from './user.schema.js';

@Injectable()
export class MongooseUserRepository extends UserRepository {
  constructor(
    @InjectModel('User') private readonly users: Model<UserRecord>,
    database: Database,
  ) {
    super();
    // Without the unique indexes nothing here holds, so the application is not ready before them.
    database.declare(collectionOf(userSchema));
  }

  newId(): string {
    return new Types.ObjectId().toHexString();
  }

  async insert({ id, ...user }: NewUser): Promise<User> {
    const identities = [...user.identities];
    const record = await this.translated(
      this.users.create({ ...user, identities, ...lookupForms(user), _id: new Types.ObjectId(id) }),
      id,
      user,
    );
    return toUser(record.toObject());
  }

  async findById(id: string): Promise<User | null> {
    return /^[\da-f]{24}$/.test(id) ? this.findOne({ _id: new Types.ObjectId(id) }) : null;
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

  async update(user: AsRead, change: UserChange): Promise<User | null> {
    const { sessions = {}, ...rest } = change;
    const own = Object.entries({ ...rest, ...lookupForms(rest) });
    const fields = [...own, ...Object.entries(sessionFields(sessions))];
    const update = {
      $set: Object.fromEntries(fields.filter(([, value]) => value !== null)),
      $unset: Object.fromEntries(fields.filter(([, value]) => value === null)),
      // Logins at the same time change nothing for each other.
      $inc: { revision: own.length > 0 ? 1 : 0 },
    };
    const record = await this.translated(
      this.users
        .findOneAndUpdate(stillAs(user), update, { returnDocument: 'after', runValidators: true })
        .lean()
        .exec(),
      user.id,
      change,
    );
    return record && toUser(record);
  }

  async delete(user: AsRead): Promise<boolean> {
    const { deletedCount } = await this.users.deleteOne(stillAs(user));
    return deletedCount === 1;
  }

  async noteSeen(userId: string, sessionId: string, at: Date): Promise<void> {
    const path = `sessions.${sessionId}`;
    await this.users.updateOne(
      { _id: userId, [path]: { $exists: true } },
      { $set: { [`${path}.lastSeenAt`]: at } },
    );
  }

  // Every request of a person signed in comes by here: the driver's own collection, which asks the same
  // of the database, does without the casts and hooks of a model. So the place of an error is noted here.
  private async findOne(filter: object): Promise<User | null> {
    const { collection } = this.users;
    try {
      const record = await collection.findOne<UserRecord>(filter);
      return record && toUser(record);
    } catch (error) {
      notePlace(error, { collection: collection.collectionName, operation: 'findOne' });
      throw error;
    }
  }

  private async translated<T>(work: Promise<T>, id: string, written: UserChange): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const values = uniqueValues(written);
      const field = await duplicateField(error, userSchema.indexes(), async (unique) =>
        values[unique] ? this.users.exists({ _id: { $ne: id }, [unique]: values[unique] }) : null,
      );
      if (field === 'usernameCanonical') throw new UsernameTaken();
      if (field === 'emailCanonical') throw new EmailAlreadyRegistered();
      if (field === 'identities.key') throw new IdentityTaken();
      throw error;
    }
  }
}

/** The condition that an account, and the session that asks, are as they were read. */
function stillAs({ id, revision, session }: AsRead): Record<string, unknown> {
  const lasts = session && { [`sessions.${session.id}`]: { $exists: true } };
  return { _id: id, revision, ...lasts };
}

// Stored beside what was typed: an account is unique and looked up by these.
function lookupForms({ username, email }: UserChange): Record<string, string | null> {
  return {
    ...(username !== undefined && { usernameCanonical: canonicalUsername(username) }),
    ...(email !== undefined && { emailCanonical: email && canonicalEmail(email) }),
  };
}

/** What is written to each unique field, as a condition that finds who has it; none: nothing. */
function uniqueValues(written: UserChange): Record<string, unknown> {
  const keys = written.identities?.map(({ key }) => key);
  return { ...lookupForms(written), 'identities.key': keys && { $in: keys } };
}

function toUser(record: UserRecord): User {
  const { _id, usernameCanonical: _u, emailCanonical: _e, sessions, ...user } = record;
  return { ...user, id: _id.toHexString(), sessions: sessionsIn(sessions) };
}
