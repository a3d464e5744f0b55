import { Schema } from 'mongoose';

/** A one-time record as stored: no field of it is worth anything to a thief of the database. */
export interface OneTimeRecord {
  /** Hash of purpose and token. */
  _id: string;
  purpose: string;
  /** Hash of whose it is. */
  holder: string;
  /** Sealed JSON. */
  payload: string;
  /** Checked on each read. */
  expiresAt: Date;
  /** For the TTL index, which goes by the database's clock: so much later as that may be ahead of ours. */
  removeAt: Date;
}

export const oneTimeSchema = new Schema<OneTimeRecord>(
  {
    _id: { type: String, required: true },
    purpose: { type: String, required: true },
    holder: { type: String, required: true },
    payload: { type: String, required: true },
    expiresAt: { type: Date, required: true },
    removeAt: { type: Date, required: true },
  },
  { collection: 'one-time', versionKey: false, strict: 'throw' },
);

oneTimeSchema.index({ removeAt: 1 }, { expireAfterSeconds: 0 });
