import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../core/forms/form.decorator.js';
import { type Page, type SeeOther } from '../../core/pages/page.js';
import { Public } from '../../core/pages/public.decorator.js';
import { SecondFactors } from '../../users/factors/second-factors.js';
import { PendingLogins } from '../second-step/pending-logins.js';
import { AT_LOGIN, stepPage } from '../second-step/step-pages.js';
import { LoginSession } from '../session/login-session.js';
import { TotpStepForm } from './totp.form.js';
import { TOTP, TotpService } from './totp.service.js';

/** The second step by an authenticator app. */
@Public()
@Controller('login/second-step/authenticator')
export class TotpStepController {
  constructor(
    private readonly pending: PendingLogins,
    private readonly factors: SecondFactors,
    private readonly totp: TotpService,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  async show(@Req() request: Request): Promise<Page | SeeOther> {
    const pending = await this.pending.find(request, 'second-step');
    const factors = pending ? this.factors.held(pending.user, pending.login.method) : [];
    const asked = { place: AT_LOGIN, view: 'auth/second-step', factor: TOTP, factors };
    return stepPage(asked) ?? this.pending.beginAgain(request);
  }

  @Post()
  @Form((controller: TotpStepController, request) => controller.show(request))
  async take(@Req() request: Request, @Body() { totp, trust }: TotpStepForm): Promise<SeeOther> {
    const pending = await this.pending.find(request, 'second-step');
    if (!pending) return this.pending.beginAgain(request);
    const verified = await this.totp.verify(pending.user, totp);
    const taken = {
      step: 'second-step',
      factor: TOTP,
      verified,
      trust: trust !== undefined,
    } as const;
    return (await this.sessions.finishLogin(request, pending, taken)).next;
  }
}
