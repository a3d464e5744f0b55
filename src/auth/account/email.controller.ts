import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/forms/form.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import type { SignedInUser, User } from '../../users/user.js';
import { EmailsService } from '../../users/emails.service.js';
import { Reauthenticated } from '../reauthentication/reauthenticated.decorator.js';
import { LoginSession } from '../session/login-session.js';
import { EmailForm } from './email.form.js';

@Controller('settings/email')
@Reauthenticated({ form: EmailForm })
export class EmailController {
  constructor(
    private readonly emails: EmailsService,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  show(@CurrentUser() { email }: User): Page {
    return new Page('auth/email', { values: { email } });
  }

  @Post()
  @Form('auth/email')
  async change(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body() { email }: EmailForm,
  ): Promise<SeeOther> {
    await this.sessions.renewAlone(request, user, (sessions) =>
      this.emails.change(user, email, sessions),
    );
    return new SeeOther('/settings/email').with('success', 'email-changed');
  }
}
