import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/forms/form.decorator.js';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import type { SignedInUser, User } from '../../users/user.js';
import { EmailsService } from '../../users/emails.service.js';
import { UsersService } from '../../users/users.service.js';
import { Reauthenticated } from '../reauthentication/reauthenticated.decorator.js';
import { LoginSession } from '../session/login-session.js';
import { EmailForm } from './email.form.js';

@Controller('settings/email')
export class EmailController {
  constructor(
    private readonly users: UsersService,
    private readonly emails: EmailsService,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  @Reauthenticated({ form: EmailForm })
  async show(@CurrentUser() { id, email }: User): Promise<Page> {
    const [first] = email === undefined ? [] : await this.users.findByLogin(email);
    // Somebody who claimed the address before is the one whom a log-in by it means.
    const logsInByUsername = email !== undefined && first?.id !== id;
    return new Page('auth/email', { values: { email }, logsInByUsername });
  }

  @Post()
  @Reauthenticated({ form: EmailForm })
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

  /** The address went to its owner, and the person wants no other one. */
  @Post('moved')
  @NotSensitive('It only puts a banner away.')
  async goOnWithout(@CurrentUser() user: User): Promise<SeeOther> {
    await this.emails.forgetMoved(user);
    return new SeeOther('/settings');
  }
}
