import { Injectable } from '@nestjs/common';
import { Clock, HOUR, MINUTE, MOST_AHEAD } from '../../core/clock.js';
import { AccountChanges, type Decision } from '../account-changes.js';
import { AccountChangedMeanwhile } from '../user.errors.js';
import type { User } from '../user.js';
import { UserRepository } from '../user.repository.js';
import { FactorResetAsked, FactorResetCancelled, FactorsCleared } from './factor.events.js';
import type { FactorReset } from './factors.js';
import { SecondFactors } from './second-factors.js';

/** How long the link works that takes the factors away. */
export const LINK_LIFETIME = 24 * HOUR;

/** How long whoever makes a mail has for it before another process makes it. */
const LEASE = 2 * MINUTE;

/** How far a request has come: in its waiting time, to be mailed, or with a link that works. */
export type ResetStage = 'waiting' | 'due' | 'open';

/**
 * The way back for whoever has lost every second factor: asked for after the first one, announced, and
 * after a waiting time carried out by a link to the verified address. Each step is one write of the account.
 */
@Injectable()
export class FactorResets {
  constructor(
    private readonly users: UserRepository,
    private readonly changes: AccountChanges,
    private readonly factors: SecondFactors,
    private readonly clock: Clock,
  ) {}

  /** @returns null when there is no request, or it counts no more */
  stageOf({ factorReset, emailVerifiedAt, factorsChangedAt }: User): ResetStage | null {
    if (!factorReset || !isWhole(factorReset)) return null;
    const { askedAt, due, linkSince } = factorReset;
    const now = this.clock.now().getTime();
    // Another mailbox was not told; and whoever has changed the factors since has them.
    const isTold = emailVerifiedAt !== undefined && emailVerifiedAt <= askedAt;
    const isLost = !factorsChangedAt || factorsChangedAt <= askedAt;
    if (!isTold || !isLost || now - askedAt.getTime() < -MOST_AHEAD) return null;
    if (now < due.getTime()) return 'waiting';
    if (!linkSince) return 'due';
    const age = now - linkSince.getTime();
    return age >= -MOST_AHEAD && age < LINK_LIFETIME ? 'open' : null;
  }

  /**
   * Asks, unless a request counts already: a second one must not prolong the first.
   *
   * @param wait the waiting time in milliseconds
   * @param isAsThen whether the account is still as it was when the person showed the first factor
   * @throws AccountChangedMeanwhile
   */
  async ask(user: User, wait: number, isAsThen: (current: User) => boolean): Promise<void> {
    await this.changes.change(user, (current, now) => {
      if (!isAsThen(current) || !current.emailVerifiedAt) throw new AccountChangedMeanwhile();
      if (this.stageOf(current)) return null;
      const due = new Date(now.getTime() + wait);
      return {
        change: { factorReset: { askedAt: now, due, mailAt: due } },
        event: new FactorResetAsked(current, due),
      };
    });
  }

  /** @returns null when there is nothing to cancel */
  cancel(user: User, by: 'mail' | 'session'): Promise<User | null> {
    return this.changes.change(user, (current) =>
      this.stageOf(current)
        ? { change: { factorReset: null }, event: new FactorResetCancelled(current, by) }
        : null,
    );
  }

  /**
   * Takes the factors away, for a request whose link works.
   *
   * @returns null when it does not, or a login with a factor came first
   */
  finish(user: User): Promise<User | null> {
    const { factorReset: asked } = user;
    return this.changes.change(user, (current, now) =>
      this.stageOf(current) === 'open' && isSame(current.factorReset, asked)
        ? { change: this.factors.cleared(current, now), event: new FactorsCleared(current, 'mail') }
        : null,
    );
  }

  /** Takes the factors away on the word of somebody who runs the site. @returns null when there are none */
  clear(user: User): Promise<User | null> {
    return this.changes.change(user, (current, now) =>
      this.factors.held(current).length > 0
        ? {
            change: this.factors.cleared(current, now),
            event: new FactorsCleared(current, 'operator'),
          }
        : null,
    );
  }

  /**
   * Hands out an account whose mail is to be made, and for a while to nobody else. Its link works from now
   * on.
   *
   * @returns null when no mail is due
   */
  async takeDue(): Promise<User | null> {
    for (;;) {
      const found = await this.users.findDueReset(this.clock.now());
      if (!found) return null;
      const taken = await this.changes.change(found, (current, now) => {
        const { factorReset } = current;
        // Another process was faster.
        if (!factorReset?.mailAt || factorReset.mailAt > now) return null;
        if (!this.stageOf(current)) return { change: { factorReset: null } };
        const mailAt = new Date(now.getTime() + LEASE);
        return { change: { factorReset: { ...factorReset, mailAt, linkSince: now } } };
      });
      if (taken?.factorReset) return taken;
    }
  }

  /** The mail was made. */
  async noteMailed(user: User): Promise<void> {
    const { factorReset: asked } = user;
    await this.changes.change(user, ({ factorReset }) => {
      if (!factorReset?.mailAt || !isSame(factorReset, asked)) return null;
      const { mailAt: _, ...mailed } = factorReset;
      return { change: { factorReset: mailed } };
    });
  }
}

/**
 * Whoever logs in with a factor has not lost them all.
 *
 * @returns what such a login changes beside: a request that was made at the same time ends as well
 */
export function withoutReset(user: User): Decision {
  const change = { factorReset: null };
  return user.factorReset ? { change, event: new FactorResetCancelled(user, 'login') } : { change };
}

// What some other hand has written counts for nothing, and keeps nobody from their pages.
function isWhole({ askedAt, due, linkSince }: Partial<Record<keyof FactorReset, unknown>>) {
  const isLink = linkSince === undefined || linkSince instanceof Date;
  return askedAt instanceof Date && due instanceof Date && isLink;
}

function isSame(one: FactorReset | undefined, other: FactorReset | undefined): boolean {
  return one?.askedAt.getTime() === other?.askedAt.getTime();
}
