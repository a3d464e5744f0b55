import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { type Model, Types } from 'mongoose';
import { Collisions } from '../../core/database/collisions.js';
import { Database } from '../../core/database/database.js';
import { duplicateField, isDuplicate } from '../../core/database/duplicate-key.js';
import { placed } from '../../core/database/error-facts.js';
import { collectionOf } from '../../core/database/indexes.js';
import { UNVERIFIED_PLACES, VERIFIED_PLACE } from '../email-places.js';
import {
  EmailAlreadyRegistered,
  IdentityTaken,
  PasskeyTaken,
  UsernameTaken,
} from '../user.errors.js';
import { type AccountEvent, keptForm, type UntoldEvents } from '../account.events.js';
import type { NewUser, User, UserChange } from '../user.js';
import type { SessionSeen } from '../session.js';
import { type AsRead, UserRepository } from '../user.repository.js';
import { claimOf, lookupForms, uniqueValues } from './lookup-forms.js';
import { stillAs } from './still-as-read.js';
import { sessionFields } from './session-records.js';
import { toUser } from './stored-user.js';
import { keeping, UntoldRecords } from './untold-records.js';
import { type UserRecord, userSchema } from './user.schema.js';

/** MongoDB's codes for a field below something that has none, and for an item of what is no list. */
const DAMAGED: readonly unknown[] = [28, 2];

@Injectable()
export class MongooseUserRepository extends UserRepository {
  constructor(
    @InjectModel('User') private readonly users: Model<UserRecord>,
    private readonly untold: UntoldRecords,
    database: Database,
  ) {
    super();
    // Without the unique indexes nothing here holds, so the application is not ready before them.
    database.declare(collectionOf(userSchema));
  }

  newId(): string {
    return new Types.ObjectId().toHexString();
  }

  async insert(user: NewUser, events: readonly AccountEvent[]): Promise<User> {
    const { id, emailPlace: _, ...rest } = user;
    const [first] = events;
    const forms = Object.entries(lookupForms(user)).filter(([, form]) => form !== null);
    const record = await this.translated(
      () =>
        this.users.create({
          ...rest,
          identities: [...user.identities],
          ...Object.fromEntries(forms),
          ...(first && { untold: events.map(keptForm), untoldSince: first.at }),
          _id: new Types.ObjectId(id),
        }),
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

  findByEmail(canonical: string): Promise<User[]> {
    const claims = [VERIFIED_PLACE, ...UNVERIFIED_PLACES].map((each) => claimOf(each, canonical));
    return this.find({ emailClaim: { $in: claims } });
  }

  findByIdentity(key: string): Promise<User | null> {
    return this.findOne({ 'identities.key': key });
  }

  findByPasskey(id: string): Promise<User | null> {
    return this.findOne({ 'passkeys.id': id });
  }

  findDueReset(by: Date): Promise<User | null> {
    return this.findOne(
      { 'factorReset.mailAt': { $lte: by } },
      { sort: { 'factorReset.mailAt': 1 } },
    );
  }

  async update(
    user: AsRead,
    change: UserChange,
    events: readonly AccountEvent[],
  ): Promise<User | null> {
    const { sessions = {}, emailPlace: _, ...rest } = change;
    const own = Object.entries({ ...rest, ...lookupForms(change) });
    const fields = [...own, ...Object.entries(sessionFields(sessions))];
    const update = {
      $set: Object.fromEntries(fields.filter(([, value]) => value !== null)),
      $unset: Object.fromEntries(fields.filter(([, value]) => value === null)),
      // Logins at the same time change nothing for each other.
      $inc: { revision: own.length > 0 ? 1 : 0 },
      ...keeping(events),
    };
    const write = () =>
      this.users
        .findOneAndUpdate(stillAs(user), update, { returnDocument: 'after', runValidators: true })
        .lean()
        .exec();
    const repaired = () =>
      write().catch(async (error: unknown) => {
        if (!DAMAGED.includes((error as { code?: unknown }).code)) throw error;
        await this.repair(user.id);
        return write();
      });
    const record = await this.translated(repaired, user.id, change);
    return record && toUser(record);
  }

  async delete(user: AsRead, events: readonly AccountEvent[]): Promise<boolean> {
    await this.untold.mark(user.id, events);
    const { deletedCount } = await this.users.deleteOne(stillAs(user));
    if (deletedCount === 0) await this.untold.unmark(user.id, events);
    return deletedCount === 1;
  }

  takeUntold(before: Date, now: Date): Promise<UntoldEvents | null> {
    return this.untold.take(before, now);
  }

  forgetTold(accountId: string, ids: readonly string[]): Promise<boolean> {
    return this.untold.forget(accountId, ids);
  }

  async noteSeen(userId: string, sessionId: string, seen: SessionSeen): Promise<void> {
    const path = `sessions.${sessionId}`;
    const fields = Object.entries(seen).map(([field, value]) => [`${path}.${field}`, value]);
    const there = { _id: userId, [path]: { $exists: true } };
    await this.users.updateOne(there, { $set: Object.fromEntries(fields) as object });
  }

  // Every request of a person signed in comes by here: the driver's own collection, which asks the same
  // of the database, does without the casts and hooks of a model. So the place of an error is noted here.
  private async findOne(
    filter: object,
    options: { sort?: Record<string, 1> } = {},
  ): Promise<User | null> {
    const record = await placed(this.users.collection, 'findOne', (collection) =>
      collection.findOne<UserRecord>(filter, options),
    );
    return record && toUser(record);
  }

  private async find(filter: object): Promise<User[]> {
    const records = await placed(this.users.collection, 'find', (collection) =>
      collection.find<UserRecord>(filter).toArray(),
    );
    return records.map(toUser);
  }

  // Some other hand has put something into their place that has no fields: it was nobody's session, and
  // its person could not log in any more.
  private async repair(id: string): Promise<void> {
    await this.users.updateOne(
      // A list is of the type of what it holds, too.
      {
        _id: id,
        $or: [{ sessions: { $not: { $type: 'object' } } }, { sessions: { $type: 'array' } }],
      },
      { $set: { sessions: {} } },
    );
    await this.users.updateOne(
      { _id: id, untold: { $exists: true, $not: { $type: 'array' } } },
      { $unset: { untold: '' } },
    );
  }

  /** @throws TooBusy when the write is refused as a duplicate each time, and nobody has what it takes */
  private async translated<T>(
    write: () => Promise<T>,
    id: string,
    written: UserChange,
  ): Promise<T> {
    const collisions = new Collisions(this.users.collection.collectionName);
    for (;;) {
      try {
        return await write();
      } catch (error) {
        const field = await this.takenField(error, id, written);
        if (field === 'usernameCanonical') throw new UsernameTaken();
        if (field === 'emailClaim') throw new EmailAlreadyRegistered();
        if (field === 'identities.key') throw new IdentityTaken();
        if (field === 'passkeys.id') throw new PasskeyTaken();
        if (field !== null || !isDuplicate(error)) throw error;
        // Whoever held the value gave it up before the look-up.
        await collisions.another(error.code);
      }
    }
  }

  private takenField(error: unknown, id: string, written: UserChange): Promise<string | null> {
    const values = uniqueValues(written);
    return duplicateField(error, userSchema.indexes(), async (unique) =>
      values[unique] ? this.users.exists({ _id: { $ne: id }, [unique]: values[unique] }) : null,
    );
  }
}
