import { Injectable } from '@nestjs/common';
import { Clock, DAY, HOUR, MINUTE } from '../../core/clock.js';
import { digest } from '../../core/crypto/digests.js';
import type { Message } from '../../core/domain-error.js';
import { SecondFactors } from '../../users/factors/second-factors.js';
import type { BrowserName, Session } from '../../users/session.js';
import type { SignedInUser, User } from '../../users/user.js';
import { WaysIn } from '../../users/ways-in.js';
import { isOver } from './session-limits.js';

/** A session as its person sees it. */
export interface ListedSession {
  /** Names it in a form. */
  readonly handle: string;
  /** It is the one that asks. */
  readonly isCurrent: boolean;
  readonly browser: BrowserName | undefined;
  readonly address: string | undefined;
  /** How the person got in, as a sentence names it. */
  readonly methods: readonly Message[];
  readonly startedAt: Date;
  /** How long ago it was last seen. */
  readonly seen: Message;
}

/** The sessions of a person, for their own eyes: those that have ended are none. */
@Injectable()
export class SessionList {
  constructor(
    private readonly waysIn: WaysIn,
    private readonly factors: SecondFactors,
    private readonly clock: Clock,
  ) {}

  /** @returns the one that asks, then the one that was seen last */
  of(user: SignedInUser): ListedSession[] {
    const names = this.namesOf(user);
    const now = this.clock.now().getTime();
    const rank = ({ id, lastSeenAt }: Session) =>
      id === user.session.id ? Infinity : lastSeenAt.getTime();
    return this.living(user)
      .toSorted((one, other) => rank(other) - rank(one))
      .map(({ id, browser, address, methods, startedAt, lastSeenAt }) => ({
        handle: handleOf(id),
        isCurrent: id === user.session.id,
        browser,
        address,
        methods: methods.flatMap((method) => names.get(method) ?? []),
        startedAt,
        seen: ago(now - lastSeenAt.getTime()),
      }));
  }

  count(user: User): number {
    return this.living(user).length;
  }

  /**
   * @param sessions of one account
   * @param handle of a page that may be older than the session's present id
   */
  find(sessions: readonly Session[], handle: string): Session | undefined {
    return this.living({ sessions }).find(({ id, replaces = '' }) =>
      [id, replaces].map(handleOf).includes(handle),
    );
  }

  private namesOf(user: User): ReadonlyMap<string, Message> {
    const factors = this.factors.of(user).map(({ id, phrase }): [string, Message] => [id, phrase]);
    const ways = this.waysIn.of(user).map(({ id, label }): [string, Message] => [id, label]);
    return new Map([...factors, ...ways]);
  }

  private living({ sessions }: Pick<User, 'sessions'>): Session[] {
    const now = this.clock.now();
    return sessions.filter((session) => !isOver(session, now));
  }
}

// The id itself stays inside, though it opens nothing: it is what the database knows a session by.
function handleOf(id: string): string {
  return digest(`session ${id}`);
}

/** Words that are right in every time zone: nobody tells us theirs. */
function ago(time: number): Message {
  const inUnits = (unit: number) => Math.floor(time / unit);
  if (time < 2 * MINUTE) return { key: 'sessions.seen-now' };
  if (time < HOUR) return { key: 'sessions.seen-minutes', params: { count: inUnits(MINUTE) } };
  if (time < DAY) return { key: 'sessions.seen-hours', params: { count: inUnits(HOUR) } };
  return { key: 'sessions.seen-days', params: { count: inUnits(DAY) } };
}
