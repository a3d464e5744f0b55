import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../core/forms/form.decorator.js';
import { type Page, type SeeOther } from '../../core/pages/page.js';
import { Public } from '../../core/pages/public.decorator.js';
import { SecondFactors } from '../../users/factors/second-factors.js';
import { SecondStepFailed } from '../../users/factors/factor.events.js';
import { type PendingLogin, PendingLogins } from '../second-step/pending-logins.js';
import { AT_LOGIN, stepPage } from '../second-step/step-pages.js';
import { LoginSession } from '../session/login-session.js';
import { Ceremonies, type Place } from './ceremonies.js';
import { PasskeyForm } from './passkey.form.js';
import { PASSKEY, PasskeyWays } from './passkey-ways.js';
import { PasskeysService } from './passkeys.service.js';

/** The second step by a passkey of the account. */
@Public()
@Controller('login/second-step/passkey')
export class PasskeyStepController {
  constructor(
    private readonly pending: PendingLogins,
    private readonly factors: SecondFactors,
    private readonly passkeys: PasskeysService,
    private readonly ways: PasskeyWays,
    private readonly ceremonies: Ceremonies,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  async show(@Req() request: Request): Promise<Page | SeeOther> {
    const pending = await this.find(request);
    const factors = pending ? this.factors.held(pending.user) : [];
    const view = 'auth/second-step-passkey';
    const page = stepPage({ place: AT_LOGIN, view, factor: PASSKEY, factors });
    if (!pending || !page) return this.pending.beginAgain(request);
    const options = await this.ceremonies.request(placeOf(pending), this.ways.usable(pending.user));
    return page.with({ options: JSON.stringify(options) });
  }

  @Post()
  @Form((controller: PasskeyStepController, request) => controller.show(request))
  async take(@Req() request: Request, @Body() { passkey, trust }: PasskeyForm): Promise<SeeOther> {
    const pending = await this.find(request);
    if (!pending) return this.pending.beginAgain(request);
    const { user } = pending;
    const failed = (_: string | null, reason: string) =>
      new SecondStepFailed(user.id, PASSKEY, reason);
    const { user: verified } = await this.passkeys.use(placeOf(pending), passkey, user, failed);
    const { next } = await this.sessions.finishLogin(request, pending, {
      step: 'second-step',
      factor: PASSKEY,
      verified,
      trust: trust !== undefined,
    });
    return next;
  }

  // One passkey is not both of the factors.
  private async find(request: Request): Promise<PendingLogin | null> {
    const pending = await this.pending.find(request, 'second-step');
    if (!pending || pending.login.method === PASSKEY) return null;
    return this.ways.usable(pending.user).length > 0 ? pending : null;
  }
}

function placeOf({ token }: PendingLogin): Place {
  return { ceremony: 'second step', holder: token };
}
