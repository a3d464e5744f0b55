import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import mongoose, { type Model } from 'mongoose';
import { Clock, MINUTE, MOST_AHEAD } from '../clock.js';
import { randomId } from '../crypto/random.js';
import { Seal } from '../crypto/seal.js';
import { SealSettings } from '../crypto/seal.settings.js';
import { Database } from '../database/database.js';
import { isDuplicate } from '../database/duplicate-key.js';
import { collectionOf } from '../database/indexes.js';
import { dbOf } from '../database/probe/server-facts.js';
import { type Backlog, backlogIn } from './backlog.js';
import { type MailRecord, mailSchema } from './mail.schema.js';

const { EJSON } = mongoose.mongo.BSON;

/** Longer than a try takes, by more than the clocks of two machines differ. */
export const LEASE = 2 * MINUTE;

/** What a mail is made of. */
export interface Mail {
  /** Its template, `views/mail/<kind>.hbs`; its sentences are `mails.<kind>` of the catalogue. */
  readonly kind: string;
  /** One address, as the forms accept it; or `NOBODY`. */
  readonly to: string;
  /** What the template reads: texts, numbers, dates, and lists and objects of these. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Of a mail that may be asked for twice: while the first is not handed over, the second adds nothing. */
  readonly id?: string;
}

/** A mail that somebody has taken to hand it over. */
export interface TakenMail extends Omit<Required<Mail>, 'data'> {
  /** Null: sealed under a secret that is gone. */
  readonly data: Required<Mail>['data'] | null;
  readonly lease: string;
  readonly attempts: number;
  readonly createdAt: Date;
}

/** The mails that wait, in the database: a crash loses none, and of several processes one has each. */
@Injectable()
export class MailQueue {
  private readonly seal: Seal;

  constructor(
    @InjectModel('Mail') private readonly records: Model<MailRecord>,
    private readonly clock: Clock,
    { secrets }: SealSettings,
    database: Database,
  ) {
    this.seal = new Seal(secrets, 'mail');
    database.declare(collectionOf(mailSchema));
  }

  /** One insert. */
  async add({ kind, to, data = {}, id = randomId() }: Mail): Promise<void> {
    const now = this.clock.now();
    const content = this.seal.seal(EJSON.stringify(data), id);
    const record = { kind, to, content, createdAt: now, attempts: 0, dueAt: now, lease: null };
    try {
      await this.records.insertMany([{ _id: id, ...record }]);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  }

  /** Takes the mail that has been due the longest, for the time of a lease. */
  async take(): Promise<TakenMail | null> {
    const now = this.clock.now();
    // No pause is that long: a clock was wrong, and the mail would wait for years.
    const tooFar = new Date(now.getTime() + MOST_AHEAD);
    const lease = randomId();
    const record = await this.records
      .findOneAndUpdate(
        { $or: [{ dueAt: { $lte: now } }, { dueAt: { $gt: tooFar } }] },
        { $set: { dueAt: new Date(now.getTime() + LEASE), lease }, $inc: { attempts: 1 } },
        { sort: { dueAt: 1 }, returnDocument: 'after' },
      )
      .lean();
    if (!record) return null;
    const { _id: id, kind, to, attempts, createdAt } = record;
    return { id, kind, to, attempts, createdAt, lease, data: this.dataOf(record) };
  }

  /** @returns what waits */
  backlog(): Promise<Backlog> {
    return backlogIn(dbOf(this.records.db));
  }

  /** It was handed over, or is given up. Who lost the lease meanwhile removes nothing. */
  async remove({ id, lease }: TakenMail): Promise<void> {
    await this.records.deleteOne({ _id: id, lease });
  }

  /** Gives the lease back. @param pause milliseconds until the mail may be taken again */
  async putBack({ id, lease }: TakenMail, pause: number): Promise<void> {
    const dueAt = new Date(this.clock.now().getTime() + pause);
    await this.records.updateOne({ _id: id, lease }, { $set: { dueAt, lease: null } });
  }

  private dataOf({ _id, content }: MailRecord): Readonly<Record<string, unknown>> | null {
    const text = this.seal.open(content, _id);
    // Sealed by `add` alone.
    return text === null ? null : (EJSON.parse(text) as Record<string, unknown>);
  }
}
