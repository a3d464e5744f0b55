import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { browserName } from '../auth/session/browser-name.js';
import { Clock, DAY, HOUR } from '../core/clock.js';
import { Database } from '../core/database/database.js';
import { isDuplicate } from '../core/database/duplicate-key.js';
import { placed } from '../core/database/error-facts.js';
import { collectionOf } from '../core/database/indexes.js';
import type { KeptEvent } from '../users/account.events.js';
import { type ActivityKind, conditionOf } from './activity-kinds.js';
import { type ActivityRecord, activitySchema } from './activity.schema.js';

/** More than a year, so that a yearly look back finds everything. */
const KEPT_FOR = 400 * DAY;

const ON_A_PAGE = 25;

/** As many wrong passwords close an account to strangers for a while (`LoginThrottle`). */
const MANY_FAILURES = 5;

/** Where a page begins: behind this record. */
export interface Place {
  readonly at: Date;
  readonly id: string;
}

/** What happened, newest first. */
export interface ActivityPage {
  readonly records: readonly ActivityRecord[];
  /** Null: there is nothing older. */
  readonly next: Place | null;
}

/** What happened to accounts, for their people to read. */
@Injectable()
export class ActivityService {
  constructor(
    @InjectModel('Activity') private readonly activity: Model<ActivityRecord>,
    private readonly clock: Clock,
    database: Database,
  ) {
    database.declare(collectionOf(activitySchema));
  }

  /** One insert; an event that was added before adds nothing. */
  async add(accountId: string, event: KeptEvent): Promise<void> {
    const { id: _id, name, result, facts, at, origin } = event;
    const browser = origin && (await browserName(origin.userAgent));
    const address = origin?.address ?? null;
    const expiresAt = new Date(at.getTime() + KEPT_FOR);
    const record = { _id, accountId, name, result, facts, at, browser, address, expiresAt };
    try {
      // Mongoose types its collections for ids of its own kind; here and below they are texts.
      await placed(this.activity.collection, 'insertOne', (activity) =>
        activity.insertOne(record as object),
      );
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  }

  /** Whether an event was added before. */
  async has(eventId: string): Promise<boolean> {
    return (await this.activity.exists({ _id: eventId })) !== null;
  }

  /**
   * How often the same had happened to an account in the hour before an event: as far as it was added.
   *
   * @param most as far as it is counted
   */
  async countBefore(
    accountId: string,
    { id, name, facts, at }: KeptEvent,
    most: number,
  ): Promise<number> {
    const hour = { $gt: new Date(at.getTime() - HOUR), $lte: at };
    // A login in a browser that is new is not the same as another one.
    const same = { accountId, at: hour, name, 'facts.device': facts['device'] ?? null };
    return placed(this.activity.collection, 'countDocuments', (activity) =>
      activity.countDocuments({ ...same, _id: { $ne: id } as object }, { limit: most }),
    );
  }

  /** Whether the last logins in the hour before have all failed, and are many. */
  async failedInARow(accountId: string, until = this.clock.now()): Promise<boolean> {
    const hour = { $gt: new Date(until.getTime() - HOUR), $lte: until };
    const tried = { accountId, at: hour, name: { $in: ['logged-in', 'login-failed'] } };
    const newest = await this.activity
      .find(tried)
      .sort({ at: -1, _id: -1 })
      .limit(MANY_FAILURES)
      .lean();
    return newest.length === MANY_FAILURES && newest.every(({ result }) => result === 'failure');
  }

  /** Removes everything of an account that is gone. */
  async purge(accountId: string): Promise<void> {
    await this.activity.deleteMany({ accountId });
  }

  /** @param place none: the newest page */
  async page(
    accountId: string,
    kind: ActivityKind | null,
    place: Place | null,
  ): Promise<ActivityPage> {
    const filter = {
      accountId,
      ...conditionOf(kind),
      ...(place && {
        $or: [{ at: { $lt: place.at } }, { at: place.at, _id: { $lt: place.id } }],
      }),
      expiresAt: { $gt: this.clock.now() },
    };
    const found = await this.activity
      .find(filter)
      .sort({ at: -1, _id: -1 })
      .limit(ON_A_PAGE + 1)
      .lean<ActivityRecord[]>();
    const records = found.slice(0, ON_A_PAGE).filter(isWhole);
    // A record without a time is no place.
    const last = records.at(-1);
    const next = found.length > ON_A_PAGE && last ? { at: last.at, id: last._id } : null;
    return { records, next };
  }
}

// What some other hand has written is left out.
function isWhole({ name, facts, at, result }: Partial<Record<keyof ActivityRecord, unknown>>) {
  return (
    typeof name === 'string' &&
    typeof result === 'string' &&
    typeof facts === 'object' &&
    facts !== null &&
    at instanceof Date &&
    !Number.isNaN(at.getTime())
  );
}
