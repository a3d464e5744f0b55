import { Controller, Get, Req } from '@nestjs/common';
import type { Request } from 'express';
import { SeeOther } from '../../core/pages/page.js';
import { Public } from '../../core/pages/public.decorator.js';
import { SecondFactors } from '../../users/factors/second-factors.js';
import { PendingLogins } from './pending-logins.js';
import { at, AT_LOGIN } from './step-pages.js';

/** Leads whoever has shown the first factor to the page of the second. */
@Controller('login/second-step')
export class SecondStepController {
  constructor(
    private readonly pending: PendingLogins,
    private readonly factors: SecondFactors,
  ) {}

  @Public()
  @Get()
  async lead(@Req() request: Request): Promise<SeeOther> {
    const login = await this.pending.find(request, 'second-step');
    const [first] = login ? this.factors.held(login.user, login.login.method) : [];
    return first ? new SeeOther(at(AT_LOGIN, first)) : this.pending.beginAgain(request);
  }
}
