import { Schema } from 'mongoose';
import type { BrowserName } from '../users/session.js';

/** Something that happened to an account, as its person reads it. */
export interface ActivityRecord {
  /** The id of the event: a second copy of it is refused. */
  readonly _id: string;
  readonly accountId: string;
  /** The name of the event. */
  readonly name: string;
  readonly result: 'success' | 'failure';
  readonly facts: Readonly<Record<string, string>>;
  readonly at: Date;
  /** Null: not known. */
  readonly browser: BrowserName | null;
  /** Network address; null: it came from no request. */
  readonly address: string | null;
  /** Checked on each read; the TTL index only cleans up after it. */
  readonly expiresAt: Date;
}

export const activitySchema = new Schema<ActivityRecord>(
  {
    _id: { type: String, required: true },
    accountId: { type: String, required: true },
    name: { type: String, required: true },
    result: { type: String, required: true },
    facts: Schema.Types.Mixed,
    at: { type: Date, required: true },
    browser: Schema.Types.Mixed,
    address: String,
    expiresAt: { type: Date, required: true },
  },
  // Mongoose would leave out what holds nothing, such as no facts.
  { collection: 'activity', versionKey: false, strict: 'throw', minimize: false },
);
activitySchema.index({ accountId: 1, at: 1, _id: 1 });
activitySchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
