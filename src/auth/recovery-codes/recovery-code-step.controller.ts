import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../core/forms/form.decorator.js';
import { type Page, type SeeOther } from '../../core/pages/page.js';
import { Public } from '../../core/pages/public.decorator.js';
import { SecondFactors } from '../../users/factors/second-factors.js';
import { PendingLogins } from '../second-step/pending-logins.js';
import { AT_LOGIN, stepPage } from '../second-step/step-pages.js';
import { LoginSession } from '../session/login-session.js';
import { RecoveryCodeForm } from './recovery-codes.form.js';
import { RECOVERY_CODE, RecoveryCodesService } from './recovery-codes.service.js';

/** The second step by a recovery code, for whoever has lost the device of the other factors. */
@Public()
@Controller('login/second-step/recovery-code')
export class RecoveryCodeStepController {
  constructor(
    private readonly pending: PendingLogins,
    private readonly factors: SecondFactors,
    private readonly codes: RecoveryCodesService,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  async show(@Req() request: Request): Promise<Page | SeeOther> {
    const pending = await this.pending.find(request, 'second-step');
    const factors = pending ? this.factors.held(pending.user, pending.login.method) : [];
    const view = 'auth/second-step-recovery-code';
    const asked = { place: AT_LOGIN, view, factor: RECOVERY_CODE, factors };
    return stepPage(asked) ?? this.pending.beginAgain(request);
  }

  @Post()
  @Form((controller: RecoveryCodeStepController, request) => controller.show(request))
  async take(
    @Req() request: Request,
    @Body() { recoveryCode, trust }: RecoveryCodeForm,
  ): Promise<SeeOther> {
    const pending = await this.pending.find(request, 'second-step');
    if (!pending) return this.pending.beginAgain(request);
    const verified = await this.codes.verify(pending.user, recoveryCode);
    const { next } = await this.sessions.finishLogin(request, pending, {
      step: 'second-step',
      factor: RECOVERY_CODE,
      verified,
      trust: trust !== undefined,
    });
    const left = verified.recoveryCodes?.hashes.length ?? 0;
    return next.with('info', 'recovery-code-used', { left });
  }
}
