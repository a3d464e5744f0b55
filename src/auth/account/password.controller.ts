import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/pages/form.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { hasPassword, type User } from '../../users/user.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { PasswordForm } from './account.forms.js';
import { LoginSession } from '../session/login-session.js';
import { Proof } from '../reauthentication/reauthentication.js';

@Controller('settings/password')
export class PasswordController {
  constructor(
    private readonly auth: PasswordsService,
    private readonly proof: Proof,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  show(@Req() request: Request, @CurrentUser() user: User): Page {
    this.proof.prepare(request, user);
    return new Page('auth/password');
  }

  @Post()
  @Form('auth/password')
  async change(
    @Req() request: Request,
    @CurrentUser() user: User,
    @Body() { currentPassword, newPassword }: PasswordForm,
  ): Promise<SeeOther> {
    await this.proof.demand(request, user, currentPassword, 'password');
    const changed = await this.auth.changePassword(user, newPassword);
    await this.sessions.renewAlone(request, changed);
    const code = hasPassword(user) ? 'password-changed' : 'password-set';
    return new SeeOther('/settings/password').with('success', code);
  }
}
