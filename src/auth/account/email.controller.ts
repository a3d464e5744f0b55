import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/forms/form.decorator.js';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { Reauthenticated } from '../reauthentication/reauthenticated.decorator.js';
import { LoginSession } from '../session/login-session.js';
import { EmailForm } from './email.form.js';

@Controller('settings/email')
export class EmailController {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  @Reauthenticated({ form: EmailForm })
  show(@CurrentUser() { email }: User): Page {
    return new Page('auth/email', { values: { email } });
  }

  @Post()
  @Reauthenticated({ form: EmailForm })
  @Form('auth/email')
  async change(
    @Req() request: Request,
    @CurrentUser() user: User,
    @Body() { email }: EmailForm,
  ): Promise<SeeOther> {
    const changed = await this.users.changeEmail(user, email);
    await this.sessions.renewAlone(request, changed);
    return new SeeOther('/settings/email').with('success', 'email-changed');
  }

  /** The address went to its owner, and the person wants no other one. */
  @Post('moved')
  @NotSensitive('It only puts a banner away.')
  async goOnWithout(@CurrentUser() user: User): Promise<SeeOther> {
    await this.users.forgetMovedEmail(user);
    return new SeeOther('/settings');
  }
}
