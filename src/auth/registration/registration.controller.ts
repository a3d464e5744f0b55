import { Body, Controller, Get, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../core/forms/form.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { Public } from '../../core/pages/public.decorator.js';
import { returnPath } from '../../core/pages/return-path.js';
import { PASSWORD } from '../passwords/passwords.service.js';
import { RegistrationForm } from './registration.form.js';
import { RegistrationService } from './registration.service.js';
import { VerificationNotices } from '../verification/verification-notices.js';
import { KnownDevice } from '../session/known-device.js';
import { LoginSession } from '../session/login-session.js';

@Public()
@Controller('register')
export class RegistrationController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly sessions: LoginSession,
    private readonly devices: KnownDevice,
    private readonly notices: VerificationNotices,
  ) {}

  @Get()
  show(
    @Req() request: Request,
    @Query('next') next?: string,
    @Query('remember') remember?: string,
  ): Page | SeeOther {
    return request.user
      ? new SeeOther(returnPath(next) ?? '/')
      : new Page('auth/register', { values: { next, remember } });
  }

  @Post()
  @Form('auth/register')
  async register(
    @Req() request: Request,
    @Body() { email, username, name, password, remember, next }: RegistrationForm,
  ): Promise<SeeOther> {
    const account = { email, username, name, password };
    const { user, isNew } = await this.registration.register(account, (existing) =>
      this.devices.originAt(existing, request),
    );
    const login = {
      method: PASSWORD,
      greeting: 'registered',
      isFirst: true,
      remember: remember !== undefined,
      next,
    };
    const outcome = await this.sessions.completeLogin(request, user, login);
    return isNew ? this.notices.sent(outcome.next, user, request) : outcome.next;
  }
}
