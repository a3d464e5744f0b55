import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../core/forms/form.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { Public } from '../../core/pages/public.decorator.js';
import { recoveryCodesPage } from '../recovery-codes/recovery-codes.controller.js';
import { PendingLogins } from '../second-step/pending-logins.js';
import { LoginSession } from '../session/login-session.js';
import { TotpSetUp } from './totp-set-up.js';
import { TotpForm } from './totp.form.js';
import { TOTP, TotpService } from './totp.service.js';

/** Where a site wants a second step of everybody: the set-up stands before anything else. */
@Public()
@Controller('login/set-up')
export class SetUpController {
  constructor(
    private readonly pending: PendingLogins,
    private readonly totp: TotpService,
    private readonly setUp: TotpSetUp,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  async show(@Req() request: Request): Promise<Page | SeeOther> {
    const pending = await this.pending.find(request, 'set-up');
    if (!pending) return this.pending.beginAgain(request);
    return new Page('auth/set-up', { ...(await this.setUp.show(pending.user, pending.token)) });
  }

  @Post()
  @Form((controller: SetUpController, request) => controller.show(request))
  async confirm(@Req() request: Request, @Body() { totp }: TotpForm): Promise<Page | SeeOther> {
    const pending = await this.pending.find(request, 'set-up');
    if (!pending) return this.pending.beginAgain(request);
    const { user, token } = pending;
    const sealedSecret = await this.setUp.secretOf(user, token);
    // Sessions of before had no second step.
    const sessions = { end: 'all' } as const;
    const { user: verified, codes } = await this.totp.confirm(
      user,
      sealedSecret,
      totp,
      sessions,
      (current) => this.pending.isAsThen(current, pending),
    );
    await this.setUp.end(user, token);
    const taken = { step: 'set-up', factor: TOTP, verified } as const;
    const { next } = await this.sessions.finishLogin(request, pending, taken);
    return codes ? recoveryCodesPage(codes, next.path, 'recovery-codes.signed-in') : next;
  }
}
