import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import mongoose, { type Model, Types } from 'mongoose';
import { HOUR } from '../../core/clock.js';
import { upsertIn } from '../../core/database/collisions.js';
import { Database } from '../../core/database/database.js';
import { placed } from '../../core/database/error-facts.js';
import type { RequestOrigin } from '../../core/events.js';
import type { DeclaredCollection } from '../../core/database/indexes.js';
import {
  type AccountEvent,
  type Addressee,
  type KeptEvent,
  keptForm,
  type UntoldEvents,
} from '../account.events.js';
import type { Untold, UserRecord } from './user.schema.js';

/** As long as a relay works, an account keeps one or two; these are what a day without one leaves. */
const MOST = 50;

/** The events of accounts that are deleted, below the id of the account: kept before it goes. */
export const deletions: DeclaredCollection = {
  collection: 'deletions',
  indexes: [[{ untoldSince: 1 }, {}]],
};

/** A deletion takes seconds from its mark to its end: one that is still open after this was not carried out. */
const LONGEST_DELETION = 1 * HOUR;

const NOTHING = { $unset: { untold: '', untoldSince: '' } } as const;

/** @returns the part of an update that keeps the events of a change */
export function keeping(events: readonly AccountEvent[]): object {
  const [first] = events;
  if (!first) return {};
  return {
    $push: { untold: { $each: events.map(keptForm), $slice: -MOST } },
    $min: { untoldSince: first.at },
  };
}

/** Events that were stored with their change, until they are told. */
@Injectable()
export class UntoldRecords {
  constructor(
    @InjectModel('User') private readonly users: Model<UserRecord>,
    database: Database,
  ) {
    database.declare(deletions);
  }

  /** Keeps the events of a deletion that is about to be tried. */
  async mark(id: string, events: readonly AccountEvent[]): Promise<void> {
    if (events.length === 0) return;
    await upsertIn(deletions.collection, () =>
      placed(this.deletions, 'updateOne', (marks) =>
        marks.updateOne({ _id: new Types.ObjectId(id) }, keeping(events), { upsert: true }),
      ),
    );
  }

  /** The deletion was refused. */
  async unmark(id: string, events: readonly AccountEvent[]): Promise<void> {
    const ids = events.map((event) => event.id);
    await this.deletions.deleteOne({ _id: new Types.ObjectId(id), ...allOf(ids) });
    await this.pull(this.deletions, id, ids);
  }

  async take(before: Date, now: Date): Promise<UntoldEvents | null> {
    return (await this.takeGone(before, now)) ?? (await this.takeKept(before, now));
  }

  /** @returns whether the account is there */
  async forget(id: string, ids: readonly string[]): Promise<boolean> {
    const _id = new Types.ObjectId(id);
    const { matchedCount } = await this.accounts.updateOne({ _id, ...allOf(ids) }, NOTHING);
    if (matchedCount > 0) return true;
    if (await this.pull(this.accounts, id, ids)) {
      // Whoever forgot others at the same time found these still there.
      await this.accounts.updateOne({ _id, untold: { $size: 0 } }, NOTHING);
      return true;
    }
    await this.pull(this.deletions, id, ids);
    return (await this.users.exists({ _id })) !== null;
  }

  private async takeKept(before: Date, now: Date): Promise<UntoldEvents | null> {
    const record = await this.lease(this.accounts, before, now);
    if (!record) return null;
    const events = eventsIn(record.untold);
    // A crash came before the end of `forget`, or some other hand wrote here.
    if (events.length === 0) {
      const { _id, untold = null } = record;
      await this.accounts.updateOne({ _id, untold: { $eq: untold } }, NOTHING);
    }
    return { accountId: record._id.toHexString(), isGone: false, events };
  }

  private async takeGone(before: Date, now: Date): Promise<UntoldEvents | null> {
    const mark = await this.lease(this.deletions, before, now);
    if (!mark) return null;
    const events = eventsIn(mark.untold);
    const isThere = await this.users.exists({ _id: mark._id });
    const [last] = events.toReversed();
    const isOver = !last || now.getTime() - last.at.getTime() > LONGEST_DELETION;
    const isDone = isThere ? isOver : events.length === 0;
    if (isDone) await this.deletions.deleteOne({ _id: mark._id });
    return isThere ? null : { accountId: mark._id.toHexString(), isGone: true, events };
  }

  private async lease(records: Records, before: Date, now: Date) {
    return placed(records, 'findOneAndUpdate', (collection) =>
      collection.findOneAndUpdate(
        { untoldSince: { $lte: before } },
        { $set: { untoldSince: now } },
        { sort: { untoldSince: 1 }, projection: { untold: 1 } },
      ),
    );
  }

  private async pull(records: Records, id: string, ids: readonly string[]): Promise<boolean> {
    const { matchedCount } = await records.updateOne(
      { _id: new Types.ObjectId(id), 'untold.id': { $in: [...ids] } },
      { $pull: { untold: { id: { $in: [...ids] } } } },
    );
    return matchedCount > 0;
  }

  private get accounts(): Records {
    // The same collection, in the driver's type for the fields that this is about.
    return this.users.collection as unknown as Records;
  }

  private get deletions(): Records {
    return this.users.db.collection<Marked>(deletions.collection);
  }
}

type Marked = Untold & { readonly _id: Types.ObjectId };
type Records = mongoose.mongo.Collection<Marked>;

function allOf(ids: readonly string[]): object {
  return { untold: { $size: ids.length }, 'untold.id': { $all: [...ids] } };
}

function eventsIn(untold: unknown): KeptEvent[] {
  return Array.isArray(untold) ? untold.filter(isWhole) : [];
}

function isWhole(value: unknown): value is KeptEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { id, name, facts, at, origin, addressee } = value as Fields<KeptEvent>;
  return (
    [id, name].every(isText) &&
    typeof facts === 'object' &&
    facts !== null &&
    Object.values(facts).every(isText) &&
    at instanceof Date &&
    (origin === null || isOrigin(Object(origin) as Fields<RequestOrigin>)) &&
    (addressee === null || isAddressee(Object(addressee) as Fields<Addressee>))
  );
}

type Fields<T> = Partial<Record<keyof T, unknown>>;

function isOrigin({ requestId, address, userAgent }: Fields<RequestOrigin>): boolean {
  return [requestId, address, userAgent].every(isText);
}

function isAddressee({ username, mailbox }: Fields<Addressee>): boolean {
  return isText(username) && (mailbox === null || isText(mailbox));
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
