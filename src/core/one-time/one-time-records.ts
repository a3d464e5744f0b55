import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type mongoose from 'mongoose';
import type { Connection } from 'mongoose';
import { Clock, MOST_AHEAD } from '../clock.js';
import { digest } from '../crypto/digests.js';
import { randomToken } from '../crypto/random.js';
import { Seal } from '../crypto/seal.js';
import { SealSettings } from '../crypto/seal.settings.js';
import { upsertIn } from '../database/collisions.js';
import { Database } from '../database/database.js';
import { placed } from '../database/error-facts.js';
import type { DeclaredCollection } from '../database/indexes.js';

/** The records' collection. */
export const oneTimeCollection: DeclaredCollection = {
  collection: 'one-time',
  indexes: [[{ removeAt: 1 }, { expireAfterSeconds: 0 }]],
};

/** A record as stored: no field of it is worth anything to a thief of the database. */
export interface OneTimeRecord {
  /** Hash of purpose and token. */
  readonly _id: string;
  readonly purpose: string;
  /** Hash of whose it is. */
  readonly holder: string;
  /** Sealed JSON. */
  readonly payload: string;
  /** Checked on each read. */
  readonly expiresAt: Date;
  /** For the TTL index, which goes by the database's clock: so much later as that may be ahead of ours. */
  readonly removeAt: Date;
}

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
    @InjectConnection() private readonly connection: Connection,
    private readonly clock: Clock,
    { secrets }: SealSettings,
    database: Database,
  ) {
    this.seal = new Seal(secrets, 'one-time record');
    database.declare(oneTimeCollection);
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
    const _id = idOf(purpose, token);
    const end = this.clock.now().getTime() + purpose.lifetime;
    const record = {
      purpose: purpose.name,
      holder: digest(holder),
      payload: this.seal.seal(JSON.stringify(payload), _id),
      expiresAt: new Date(end),
      removeAt: new Date(end + MOST_AHEAD),
    };
    await upsertIn(oneTimeCollection.collection, () =>
      placed(this.records, 'replaceOne', (records) =>
        records.replaceOne({ _id }, record, { upsert: true }),
      ),
    );
    return token;
  }

  /** @returns what it holds, once; null for a token that is unknown, spent, old, or somebody else's */
  async spend<T extends object>(
    purpose: Purpose,
    holder: string,
    token: string,
  ): Promise<T | null> {
    const record = await placed(this.records, 'findOneAndDelete', (records) =>
      records.findOneAndDelete(this.living(purpose, holder, token)),
    );
    // Sealed by `issue` alone, so it has the shape that was given there for this purpose.
    return this.payloadOf(record) as T | null;
  }

  /** As `spend`, but the record stays: for a page that shows what it is about. */
  async read<T extends object>(purpose: Purpose, holder: string, token: string): Promise<T | null> {
    const record = await placed(this.records, 'findOne', (records) =>
      records.findOne(this.living(purpose, holder, token)),
    );
    // As in `spend`.
    return this.payloadOf(record) as T | null;
  }

  private living(
    purpose: Purpose,
    holder: string,
    token: string,
  ): mongoose.mongo.Filter<OneTimeRecord> {
    const now = this.clock.now();
    const latest = new Date(now.getTime() + purpose.lifetime + MOST_AHEAD);
    return {
      _id: idOf(purpose, token),
      holder: digest(holder),
      expiresAt: { $gt: now, $lte: latest },
    };
  }

  private get records(): mongoose.mongo.Collection<OneTimeRecord> {
    return this.connection.collection(oneTimeCollection.collection);
  }

  private payloadOf(record: OneTimeRecord | null): unknown {
    const text = record && this.seal.open(record.payload, record._id);
    return text ? JSON.parse(text) : null;
  }
}

function idOf({ name }: Purpose, token: string): string {
  return digest(`${name} ${token}`);
}
