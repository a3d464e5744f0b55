import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { Clock, MOST_AHEAD } from '../clock.js';
import { digest } from '../crypto/digests.js';
import { randomToken } from '../crypto/random.js';
import { Seal } from '../crypto/seal.js';
import { SealSettings } from '../crypto/seal.settings.js';
import { upsertIn } from '../database/collisions.js';
import { Database } from '../database/database.js';
import { collectionOf } from '../database/indexes.js';
import { type OneTimeRecord, oneTimeSchema } from './one-time.schema.js';

/** What records of one kind are for. */
export interface Purpose {
  /** Keeps the kinds apart: a token of one opens no record of another. */
  readonly name: string;
  /** Milliseconds until an unspent record is worth nothing. */
  readonly lifetime: number;
}

/**
 * Secrets that are spent once. A record is found by its token and by whoever it was issued to, both
 * stored as hashes; what it holds is sealed. Issued and spent by one database operation each, so that
 * of several tries at once one gets it.
 */
@Injectable()
export class OneTimeRecords {
  private readonly seal: Seal;

  constructor(
    @InjectModel('OneTime') private readonly records: Model<OneTimeRecord>,
    private readonly clock: Clock,
    { secrets }: SealSettings,
    database: Database,
  ) {
    this.seal = new Seal(secrets, 'one-time record');
    database.declare(collectionOf(oneTimeSchema));
  }

  /**
   * @param holder whose it is: a browser's or an account's id; nobody else can spend it
   * @param payload plain values, read back as JSON gives them
   * @param token taken instead of a new one; it must be as hard to guess, or whoever reads the record must
   *   ask for a secret in it. A record that has it already is replaced
   * @returns the token that spends it
   * @throws TooBusy when others write a record of the same token
   */
  async issue(
    purpose: Purpose,
    holder: string,
    payload: object,
    token = randomToken(),
  ): Promise<string> {
    const id = idOf(purpose, token);
    const end = this.clock.now().getTime() + purpose.lifetime;
    const record = {
      purpose: purpose.name,
      holder: digest(holder),
      payload: this.seal.seal(JSON.stringify(payload), id),
      expiresAt: new Date(end),
      removeAt: new Date(end + MOST_AHEAD),
    };
    await upsertIn(this.records.collection.collectionName, () =>
      this.records.replaceOne({ _id: id }, record, { upsert: true }).exec(),
    );
    return token;
  }

  /** @returns what it holds, once; null for a token that is unknown, spent, old, or somebody else's */
  async spend<T extends object>(
    purpose: Purpose,
    holder: string,
    token: string,
  ): Promise<T | null> {
    const record = await this.records.findOneAndDelete(this.living(purpose, holder, token)).lean();
    // Sealed by `issue` alone, so it has the shape that was given there for this purpose.
    return this.payloadOf(record) as T | null;
  }

  /** As `spend`, but the record stays: for a page that shows what it is about. */
  async read<T extends object>(purpose: Purpose, holder: string, token: string): Promise<T | null> {
    const record = await this.records.findOne(this.living(purpose, holder, token)).lean();
    // As in `spend`.
    return this.payloadOf(record) as T | null;
  }

  private living(purpose: Purpose, holder: string, token: string): object {
    const now = this.clock.now();
    const latest = new Date(now.getTime() + purpose.lifetime + MOST_AHEAD);
    return {
      _id: idOf(purpose, token),
      holder: digest(holder),
      expiresAt: { $gt: now, $lte: latest },
    };
  }

  private payloadOf(record: OneTimeRecord | null): unknown {
    const text = record && this.seal.open(record.payload, record._id);
    return text ? JSON.parse(text) : null;
  }
}

function idOf({ name }: Purpose, token: string): string {
  return digest(`${name} ${token}`);
}
