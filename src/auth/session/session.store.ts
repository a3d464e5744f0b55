import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Request } from 'express';
import { Store, type Session, type SessionData } from 'express-session';
import type { Model } from 'mongoose';
import { Clock, DAY, HOUR, SECOND } from '../../core/clock.js';
import { digest } from '../../core/crypto/digests.js';
import { Database } from '../../core/database/database.js';
import { collectionOf } from '../../core/database/indexes.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import { sessionCookie } from './session-cookie.js';
import { isReadable, signInOf } from './session-data.js';
import { type SessionRecord, sessionSchema } from './session.schema.js';

/** How long a session lives, in milliseconds (OWASP ASVS 7.3, NIST SP 800-63B-4 section 2). */
export const SESSION_LIMITS = {
  standard: { idle: 1 * HOUR, absolute: 24 * HOUR },
  remembered: { idle: 30 * DAY, absolute: 90 * DAY },
} as const;

/** A page view writes "last seen" at most this often; the idle limit is lengthened by it, so it never ends a session early. */
const TOUCH_EVERY = 30 * SECOND;

type Callback<T = void> = (error: unknown, value?: T) => void;

/** What this process knows of a session that it has read or written. */
interface Known {
  readonly startedAt: Date;
  readonly lastSeenAt: Date;
  /** What it holds, as text: pages store a session whether or not it has changed. */
  readonly content: string;
}

/**
 * Sessions in MongoDB, for express-session. Both limits are checked here on each read. A record is
 * inserted once and afterwards only updated, so that a request still in flight can't bring back a
 * session that was ended meanwhile.
 */
@Injectable()
export class SessionStore extends Store {
  private readonly known = new WeakMap<object, Known>();

  constructor(
    @InjectModel('Session') private readonly sessions: Model<SessionRecord>,
    private readonly clock: Clock,
    private readonly settings: CoreSettings,
    database: Database,
  ) {
    super();
    database.declare(collectionOf(sessionSchema));
  }

  override get(id: string, callback: Callback<SessionData | null>): void {
    settle(this.read(id), callback);
  }

  override set(id: string, session: SessionData, callback: Callback = () => undefined): void {
    settle(this.write(id, session), callback);
  }

  override touch(id: string, session: SessionData, callback: Callback = () => undefined): void {
    settle(this.seen(id, session), callback);
  }

  override destroy(id: string, callback: Callback = () => undefined): void {
    settle(
      this.sessions.deleteOne({ _id: digest(id) }).then(() => undefined),
      callback,
    );
  }

  // express-session calls this with what `get` gave; what is known of the record moves along.
  override createSession(request: Request, data: SessionData): Session & SessionData {
    const known = this.known.get(data);
    const session = super.createSession(request, data);
    if (known) this.known.set(session, known);
    return session;
  }

  /** Ends every session of a person, except one when its id is given. */
  async endAll(userId: string, except?: string): Promise<void> {
    const others = except === undefined ? {} : { _id: { $ne: digest(except) } };
    await this.sessions.deleteMany({ userId, ...others });
  }

  private async read(id: string): Promise<SessionData | null> {
    const record = await this.sessions.findById(digest(id)).lean();
    if (!record || !isWhole(record) || record.expiresAt <= this.clock.now()) return null;
    const { remember = false } = signInOf(record.data) ?? {};
    // The cookie is made anew: what a record says of it would not follow a change of the settings.
    const data = { ...record.data, cookie: this.cookie(remember) };
    this.known.set(data, { ...record, content: contentOf(data) });
    return data;
  }

  private async write(id: string, session: SessionData): Promise<void> {
    const known = this.known.get(session);
    const content = contentOf(session);
    // Reading a page needs no write: a database that takes none, its disk being full, still serves it.
    if (known?.content === content) return;
    const now = this.clock.now();
    const signIn = signInOf(session);
    const startedAt = signIn?.startedAt ?? known?.startedAt ?? now;
    const { cookie: _cookie, ...data } = session;
    const record = {
      ...(signIn && {
        userId: signIn.userId,
        authenticatedAt: signIn.authenticatedAt,
        methods: [...signIn.methods],
        remember: signIn.remember,
      }),
      startedAt,
      lastSeenAt: now,
      expiresAt: expiry(startedAt, now, signIn?.remember ?? false),
      data,
    };
    if (known) await this.sessions.updateOne({ _id: digest(id) }, { $set: record });
    else await this.sessions.insertOne({ _id: digest(id), ...record });
    this.known.set(session, { startedAt, lastSeenAt: now, content });
  }

  private cookie(remember: boolean): SessionData['cookie'] {
    const originalMaxAge = remember ? SESSION_LIMITS.remembered.absolute : null;
    return { ...sessionCookie(this.settings).options, originalMaxAge };
  }

  private async seen(id: string, session: SessionData): Promise<void> {
    const known = this.known.get(session);
    const now = this.clock.now();
    if (!known || now.getTime() - known.lastSeenAt.getTime() < TOUCH_EVERY) return;
    const remember = signInOf(session)?.remember ?? false;
    await this.sessions.updateOne(
      { _id: digest(id) },
      { $set: { lastSeenAt: now, expiresAt: expiry(known.startedAt, now, remember) } },
    );
  }
}

function expiry(startedAt: Date, seenAt: Date, remember: boolean): Date {
  const { idle, absolute } = remember ? SESSION_LIMITS.remembered : SESSION_LIMITS.standard;
  return new Date(Math.min(startedAt.getTime() + absolute, seenAt.getTime() + idle + TOUCH_EVERY));
}

function isWhole(record: SessionRecord): boolean {
  return (
    record.expiresAt instanceof Date &&
    record.startedAt instanceof Date &&
    record.lastSeenAt instanceof Date &&
    typeof record.data === 'object' &&
    record.data !== null &&
    isReadable(record.data)
  );
}

// Without the cookie: its end moves with each request.
function contentOf(data: SessionData): string {
  return JSON.stringify({ ...data, cookie: null });
}

function settle<T>(work: Promise<T>, callback: Callback<T>): void {
  work.then(
    (value) => callback(null, value),
    (error: unknown) => callback(error),
  );
}
