import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../core/http/form.js';
import { Page, SeeOther } from '../core/http/page.js';
import { CurrentUser } from '../core/http/public.js';
import type { User } from '../users/user.js';
import { UsersService } from '../users/users.service.js';
import { AuthService } from './auth.service.js';
import { EmailForm } from './dto/settings.forms.js';
import { LoginSession } from './login-session.js';

@Controller('settings/email')
export class EmailController {
  constructor(
    private readonly auth: AuthService,
    private readonly users: UsersService,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  show(@CurrentUser() { email }: User): Page {
    return new Page('settings/email', { values: { email } });
  }

  @Post()
  @Form('settings/email')
  async change(
    @Req() request: Request,
    @CurrentUser() user: User,
    @Body() { currentPassword, email }: EmailForm,
  ): Promise<SeeOther> {
    const origin = this.sessions.origin(request, user);
    await this.auth.verifyCurrentPassword(user, currentPassword, origin, 'email');
    const changed = await this.users.changeEmail(user, email);
    await this.sessions.renew(request, changed);
    return new SeeOther('/settings/email').with('success', 'email-changed');
  }
}
