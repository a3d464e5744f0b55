import { Schema } from 'mongoose';

/** A flow as stored. */
export interface FlowRecord {
  /** SHA-256 of `state`: a copy of the database finishes no flow. */
  _id: string;
  /** SHA-256 of the id of the session that started it. */
  session: string;
  provider: string;
  intent: string;
  userId?: string;
  /** The PKCE verifier (RFC 7636). */
  verifier: string;
  next?: string;
  expiresAt: Date;
}

export const flowSchema = new Schema<FlowRecord>(
  {
    _id: { type: String, required: true },
    session: { type: String, required: true },
    provider: { type: String, required: true },
    intent: { type: String, required: true },
    userId: String,
    verifier: { type: String, required: true },
    next: String,
    expiresAt: { type: Date, required: true },
  },
  { collection: 'oauth-flows', versionKey: false, strict: 'throw' },
);
flowSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
