import { Schema } from 'mongoose';

/** A session as stored. */
export interface SessionRecord {
  /** SHA-256 of the id in the cookie: a copy of the database holds no usable session. */
  _id: string;
  /** The person signed in; absent while anonymous. */
  userId?: string;
  startedAt: Date;
  lastSeenAt: Date;
  authenticatedAt?: Date;
  methods?: string[];
  remember?: boolean;
  /** The earlier of the idle and the absolute limit; the TTL index only cleans up after it. */
  expiresAt: Date;
  data: Record<string, unknown>;
}

export const sessionSchema = new Schema<SessionRecord>(
  {
    _id: { type: String, required: true },
    userId: String,
    startedAt: { type: Date, required: true },
    lastSeenAt: { type: Date, required: true },
    authenticatedAt: Date,
    methods: { type: [String], default: undefined },
    remember: Boolean,
    expiresAt: { type: Date, required: true },
    data: { type: Schema.Types.Mixed, required: true },
  },
  { collection: 'sessions', versionKey: false, minimize: false },
);

sessionSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
sessionSchema.index({ userId: 1 }, { partialFilterExpression: { userId: { $exists: true } } });
