import { Schema } from 'mongoose';

/**
 * Whom a mail is for that would go to an account if there were one: it is kept like any other and handed
 * over to nobody, so that the time of an answer tells nothing (CWE-208).
 */
export const NOBODY = 'nobody';

/** A mail that is not handed over yet. */
export interface MailRecord {
  /** Its Message-ID begins with it. */
  _id: string;
  /** The name of its template. */
  kind: string;
  to: string;
  /** Sealed: what its template reads, links and codes included. */
  content: string;
  createdAt: Date;
  /** How often it was taken. */
  attempts: number;
  /** When it may be taken: while somebody has it, the end of their lease. */
  dueAt: Date;
  /** Who has it: only they may remove it or put it back. */
  lease: string | null;
}

export const mailSchema = new Schema<MailRecord>(
  {
    _id: { type: String, required: true },
    kind: { type: String, required: true },
    to: { type: String, required: true },
    content: { type: String, required: true },
    createdAt: { type: Date, required: true },
    attempts: { type: Number, required: true },
    dueAt: { type: Date, required: true },
    lease: { type: String, default: null },
  },
  { collection: 'mails', versionKey: false, strict: 'throw' },
);
mailSchema.index({ dueAt: 1 });
