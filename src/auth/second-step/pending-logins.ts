import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { MINUTE } from '../../core/clock.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import { cookieOf } from '../../core/http/cookies.js';
import { hostCookie } from '../../core/http/host-cookie.js';
import { OneTimeRecords, type Purpose } from '../../core/one-time/one-time-records.js';
import { SeeOther } from '../../core/pages/page.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { markOf, WaysIn } from '../../users/ways-in.js';
import type { Login, Step } from './login.js';

/** A login whose person has shown the first factor, and the account as it is now. */
export interface PendingLogin {
  readonly user: User;
  readonly login: Login;
  /** Nobody else has it: what belongs to this login can be kept under it. */
  readonly token: string;
}

/** A code is at hand within minutes; for a set-up an app has to be found and installed first. */
const PURPOSES: Readonly<Record<Step, Purpose>> = {
  'second-step': { name: 'pending login', lifetime: 5 * MINUTE },
  'set-up': { name: 'pending set-up', lifetime: 30 * MINUTE },
};

interface Stored {
  readonly userId: string;
  readonly login: Login;
  readonly asThen: string;
}

/**
 * Logins between the two steps: one-time records, each opened by a cookie of its own. Not by the id of the
 * browser, which an attacker may have planted there and would share. Nobody is signed in meanwhile.
 */
@Injectable()
export class PendingLogins {
  constructor(
    private readonly records: OneTimeRecords,
    private readonly users: UsersService,
    private readonly waysIn: WaysIn,
    private readonly settings: CoreSettings,
  ) {}

  /** Keeps a login for the browser; an older one of it is forgotten. */
  async keep(request: Request, step: Step, user: User, login: Login): Promise<void> {
    const stored: Stored = { userId: user.id, login, asThen: this.asNow(user, login) };
    const token = await this.records.issue(PURPOSES[step], user.id, stored);
    const { name, options } = this.cookie();
    const maxAge = PURPOSES[step].lifetime;
    request.res?.cookie(name, `${user.id}.${token}`, { ...options, maxAge });
  }

  /**
   * @returns the browser's login that waits for the step; null when there is none, or the way in or the
   *   second factors have changed since it began
   */
  async find(request: Request, step: Step): Promise<PendingLogin | null> {
    const claim = this.claimOf(request);
    const stored =
      claim && (await this.records.read<Stored>(PURPOSES[step], claim.userId, claim.token));
    const user = stored && (await this.users.findById(stored.userId));
    if (!user || this.asNow(user, stored.login) !== stored.asThen) return null;
    return { user, login: stored.login, token: claim.token };
  }

  /** @returns the step that the browser's login waits for; null when none waits */
  async awaitedStep(request: Request): Promise<Step | null> {
    if (await this.find(request, 'set-up')) return 'set-up';
    return (await this.find(request, 'second-step')) ? 'second-step' : null;
  }

  /** @returns whether it was there: of several requests at the same time one gets it */
  async spend(request: Request, step: Step): Promise<boolean> {
    const claim = this.claimOf(request);
    this.forget(request);
    return claim
      ? (await this.records.spend(PURPOSES[step], claim.userId, claim.token)) !== null
      : false;
  }

  /** @returns the answer to whoever comes to a step and has no login that waits for it */
  beginAgain(request: Request): SeeOther {
    const to = new SeeOther(request.user ? '/' : '/login');
    // A stranger who only looks gets no cookie by it.
    const had = cookieOf(request, this.cookie().name) !== null || request.method === 'POST';
    return had ? to.with('warning', 'second-step-gone') : to;
  }

  /** Takes the cookie away from a browser that has one. */
  forget(request: Request): void {
    const { name, options } = this.cookie();
    if (cookieOf(request, name) !== null) request.res?.clearCookie(name, options);
  }

  /** Whether an account is still as it was when the login began. */
  isAsThen(current: User, { user, login }: PendingLogin): boolean {
    return this.asNow(current, login) === this.asNow(user, login);
  }

  private asNow(user: User, { method, which }: Login): string {
    const way = this.waysIn.stored(user, method, which);
    return `${way ? markOf(way) : 'none'} ${user.factorsChangedAt?.toISOString() ?? ''}`;
  }

  private claimOf(request: Request): { userId: string; token: string } | null {
    const value = cookieOf(request, this.cookie().name) ?? '';
    const [, userId, token] = /^([\da-f]{24})\.([\w-]{32})$/.exec(value) ?? [];
    return userId !== undefined && token !== undefined ? { userId, token } : null;
  }

  private cookie(): ReturnType<typeof hostCookie> {
    return hostCookie(this.settings, 'pending-login');
  }
}
