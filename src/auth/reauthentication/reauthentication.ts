import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Clock, MINUTE } from '../../core/clock.js';
import { SecondFactors } from '../../users/factors/second-factors.js';
import type { Session } from '../../users/session.js';
import type { SignedInUser } from '../../users/user.js';
import { ReauthenticationRequired } from './reauthentication.errors.js';

/** How long an authentication is good for a sensitive step (OWASP ASVS 7.5.1). */
export const REAUTHENTICATION_WINDOW = 15 * MINUTE;

/** Whether the person signed in has authenticated a short time ago. */
@Injectable()
export class Reauthentication {
  constructor(
    private readonly clock: Clock,
    private readonly factors: SecondFactors,
  ) {}

  /**
   * A session without a person is not fresh, nor is an authentication in the future: a clock was set
   * back. Where the account has a second factor, that must have been shown, too: whoever has the session
   * and the password would take it off.
   */
  isFresh(request: Request): boolean {
    return this.hasFactor(request) && this.isRecent(sessionOf(request)?.authenticatedAt);
  }

  /** As `isFresh`, by a re-authentication: the login does not count, which whoever took the session has not made. */
  isRepeated(request: Request): boolean {
    return this.hasFactor(request) && this.isRecent(sessionOf(request)?.reauthenticatedAt);
  }

  /** Whether the account has no second factor, or one was shown a short time ago. */
  hasFactor({ user }: Request): boolean {
    const person = user as SignedInUser | undefined;
    if (!person || !this.factors.isAsked(person)) return true;
    return this.isRecent(person.session.factorAt);
  }

  /** Whether nothing but the second factor is missing to a re-authentication. */
  lacksFactorAlone(request: Request): boolean {
    return !this.hasFactor(request) && this.isRecent(sessionOf(request)?.reauthenticatedAt);
  }

  /**
   * @param page to come back to
   * @throws ReauthenticationRequired
   */
  demand(request: Request, page: string): void {
    if (!this.isFresh(request)) throw new ReauthenticationRequired(page);
  }

  private isRecent(date: Date | undefined): boolean {
    const age = this.clock.now().getTime() - (date?.getTime() ?? NaN);
    return age >= 0 && age <= REAUTHENTICATION_WINDOW;
  }
}

function sessionOf({ user }: Request): Session | undefined {
  return (user as SignedInUser | undefined)?.session;
}
