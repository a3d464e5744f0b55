import type mongoose from 'mongoose';
import { HOUR, MINUTE } from '../clock.js';
import { collectionOf } from '../database/indexes.js';
import { type MailRecord, mailSchema, NOBODY } from './mail.schema.js';

/** The mails that are not handed over yet. */
export interface Backlog {
  readonly count: number;
  /** When the oldest was asked for; null: none waits. */
  readonly since: Date | null;
}

/** @returns what waits in a database; mails to nobody left out */
export async function backlogIn(db: mongoose.mongo.Db): Promise<Backlog> {
  const mails = db.collection<MailRecord>(collectionOf(mailSchema).collection);
  const waiting = { to: { $ne: NOBODY } };
  const count = await mails.countDocuments(waiting);
  const oldest = await mails.findOne(waiting, { sort: { createdAt: 1 } });
  return { count, since: oldest?.createdAt ?? null };
}

/** @returns it in words, for people who run a server */
export function describeBacklog({ count, since }: Backlog, now: Date): string {
  if (!since) return 'no mail waits';
  const age = Math.max(now.getTime() - since.getTime(), 0);
  const long =
    age < 2 * HOUR ? `${Math.floor(age / MINUTE)} minutes` : `${Math.floor(age / HOUR)} hours`;
  return count === 1 ? `1 mail waits, for ${long}` : `${count} mails wait, the oldest for ${long}`;
}
