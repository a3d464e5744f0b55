import { Injectable } from '@nestjs/common';
import { Clock, DAY, MOST_AHEAD } from '../../core/clock.js';
import { AccountChanges } from '../../users/account-changes.js';
import { SecondFactors } from '../../users/factors/second-factors.js';
import type { User } from '../../users/user.js';
import type { Step } from './login.js';
import { SecondStepSettings } from './second-step.settings.js';

/** Who must take a second step: the one place that decides it, for every way in. */
@Injectable()
export class SecondStepPolicy {
  constructor(
    private readonly settings: SecondStepSettings,
    private readonly factors: SecondFactors,
    private readonly changes: AccountChanges,
    private readonly clock: Clock,
  ) {}

  /**
   * @param wayIn that was used: what is a factor as well is no second one after itself
   * @returns null when a way in is enough
   */
  stepFor(user: User, wayIn?: string): Step | null {
    if (this.factors.isAsked(user, ...(wayIn === undefined ? [] : [wayIn]))) return 'second-step';
    const waits = this.settings.required && !this.isInGrace(user);
    return waits ? 'set-up' : null;
  }

  /** Whether the account's sessions open anything: each request asks it. */
  admits(user: User): boolean {
    return !this.settings.required || this.stepFor(user) !== 'set-up';
  }

  /** Whether the account could take a factor off and keep what the site asks for. */
  mayRemove(user: User, factor: string): boolean {
    return !this.settings.required || this.factors.isAsked(user, factor);
  }

  /** @returns when a second step must be set up at the latest; null when none need be */
  graceEnd(user: User): Date | null {
    const { secondFactorAskedAt: askedAt } = user;
    if (!this.settings.required || !askedAt || this.factors.isAsked(user)) return null;
    return new Date(askedAt.getTime() + this.settings.graceDays * DAY);
  }

  /**
   * Begins the time in which an account may still go without.
   *
   * @param wayIn as in `stepFor`
   * @returns the account, changed or not
   */
  async beginGrace(user: User, wayIn: string): Promise<User> {
    const { required, graceDays } = this.settings;
    if (!required || graceDays === 0 || this.factors.isAsked(user, wayIn)) return user;
    const changed = await this.changes.change(user, ({ secondFactorAskedAt }, now) =>
      secondFactorAskedAt ? null : { change: { secondFactorAskedAt: now } },
    );
    return changed ?? user;
  }

  private isInGrace({ secondFactorAskedAt: askedAt }: User): boolean {
    if (!askedAt) return false;
    const age = this.clock.now().getTime() - askedAt.getTime();
    return age >= -MOST_AHEAD && age < this.settings.graceDays * DAY;
  }
}
