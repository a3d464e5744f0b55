import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Page, SeeOther } from '../../core/pages/page.js';
import { leadingTo, returnPath } from '../../core/pages/return-path.js';
import { type SecondFactor, SecondFactors } from '../../users/factors/second-factors.js';
import type { SignedInUser, User } from '../../users/user.js';
import { at, stepPage, type StepPlace } from '../second-step/step-pages.js';
import { LoginSession } from '../session/login-session.js';
import { Reauthentication } from './reauthentication.js';

const PAGE = '/settings/confirm';
const SETTINGS = '/settings';

const PLACE: StepPlace = {
  path: '/settings/confirm/second-step',
  submit: 'confirm',
  trusts: false,
};

/** The second step of a re-authentication: takes what the second step of a login takes. */
@Injectable()
export class ConfirmStep {
  constructor(
    private readonly reauthentication: Reauthentication,
    private readonly factors: SecondFactors,
    private readonly sessions: LoginSession,
  ) {}

  /**
   * Ask before a factor is looked at: a session that was taken must not use up the owner's tries.
   *
   * @returns where somebody goes on of whom no second factor is asked, or not yet; null: it is asked for
   */
  elsewhere(request: Request, next: unknown): SeeOther | null {
    if (this.reauthentication.isRepeated(request)) return onward(next);
    return this.reauthentication.lacksFactorAlone(request)
      ? null
      : new SeeOther(leadingTo(returnPath(next), PAGE));
  }

  /** Leads to the page of the factor that is asked for first. */
  lead(request: Request, next: unknown): SeeOther {
    const elsewhere = this.elsewhere(request, next);
    if (elsewhere) return elsewhere;
    const [first] = this.shownAfterWayIn(request);
    return new SeeOther(first ? leadingTo(returnPath(next), at(PLACE, first)) : SETTINGS);
  }

  /** @returns the page that asks for a factor, or where somebody goes of whom it is not asked */
  page(request: Request, view: string, factor: string, next: unknown): Page | SeeOther {
    const elsewhere = this.elsewhere(request, next);
    if (elsewhere) return elsewhere;
    const factors = this.shownAfterWayIn(request);
    const page = stepPage({ place: PLACE, view, factor, factors, next });
    return page ?? new SeeOther(leadingTo(returnPath(next), PLACE.path));
  }

  /** @param verified the account as it was when the factor was verified */
  async taken(
    request: Request,
    { session }: SignedInUser,
    verified: User,
    factor: string,
    next: unknown,
  ): Promise<SeeOther> {
    await this.sessions.reauthenticated(request, { ...verified, session }, factor, 'factor');
    return onward(next).with('success', 'confirmed');
  }

  // What was the way in is no second factor after itself.
  private shownAfterWayIn({ user }: Request): SecondFactor[] {
    // Behind the guard of signed-in people.
    const person = user as SignedInUser;
    return this.factors.held(person, person.session.reauthenticatedBy ?? '');
  }
}

function onward(next: unknown): SeeOther {
  return new SeeOther(returnPath(next) ?? SETTINGS);
}
