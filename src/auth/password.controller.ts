import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../core/http/form.js';
import { Page, SeeOther } from '../core/http/page.js';
import { CurrentUser } from '../core/http/public.js';
import type { User } from '../users/user.js';
import { AuthService } from './auth.service.js';
import { PasswordForm } from './dto/settings.forms.js';
import { LoginSession } from './login-session.js';

@Controller('settings/password')
export class PasswordController {
  constructor(
    private readonly auth: AuthService,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  show(): Page {
    return new Page('settings/password');
  }

  @Post()
  @Form('settings/password')
  async change(
    @Req() request: Request,
    @CurrentUser() user: User,
    @Body() { currentPassword, newPassword }: PasswordForm,
  ): Promise<SeeOther> {
    const origin = this.sessions.origin(request, user);
    await this.auth.verifyCurrentPassword(user, currentPassword, origin, 'password');
    const changed = await this.auth.changePassword(user, newPassword);
    await this.sessions.renew(request, changed);
    return new SeeOther('/settings/password').with('success', 'password-changed');
  }
}
