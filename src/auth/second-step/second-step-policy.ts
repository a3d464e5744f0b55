import { Injectable } from '@nestjs/common';
import { Clock, DAY, MOST_AHEAD } from '../../core/clock.js';
import { AccountChanges } from '../../users/account-changes.js';
import { SecondFactors } from '../../users/factors/second-factors.js';
import type { Session } from '../../users/session.js';
import type { SignedInUser, User } from '../../users/user.js';
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
  stepFor(user: User, ...wayIn: readonly string[]): Step | null {
    if (this.factors.isAsked(user, ...wayIn)) return 'second-step';
    const waits = this.settings.required && !this.isInGrace(user);
    return waits ? 'set-up' : null;
  }

  /**
   * Whether a session opens anything, by what its login would be asked for now: each request asks it.
   *
   * @param isTrusted whether the browser need not take the second step
   */
  admits(user: User, session: Session, isTrusted: () => boolean): boolean {
    if (!this.settings.required) return true;
    const step = this.stepFor(user, ...wayInAlone(session));
    if (step !== 'second-step') return step === null;
    return session.factorAt !== undefined || isTrusted();
  }

  /** Whether the account could take a factor off and keep what the site asks for. */
  mayRemove(user: User, factor: string): boolean {
    return !this.settings.required || this.factors.isAsked(user, factor);
  }

  /** @returns when the person must have set up a second step at the latest; null when they need not */
  graceEnd(user: SignedInUser): Date | null {
    const { secondFactorAskedAt: askedAt, session } = user;
    if (!this.settings.required || !askedAt) return null;
    if (this.factors.isAsked(user, ...wayInAlone(session))) return null;
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

// Without a factor a session has shown its way in and nothing more; what is a factor as well counts once.
function wayInAlone({ factorAt, methods }: Session): readonly string[] {
  return factorAt ? [] : methods.slice(0, 1);
}
