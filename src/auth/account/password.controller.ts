import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/forms/form.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import type { SignedInUser } from '../../users/user.js';
import { PASSWORD, PasswordsService } from '../passwords/passwords.service.js';
import { Reauthenticated } from '../reauthentication/reauthenticated.decorator.js';
import { KnownDevice } from '../session/known-device.js';
import { LoginSession } from '../session/login-session.js';
import { PasswordForm } from './password.form.js';

@Controller('settings/password')
@Reauthenticated({ form: PasswordForm })
export class PasswordController {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly sessions: LoginSession,
    private readonly devices: KnownDevice,
  ) {}

  @Get()
  show(): Page {
    return new Page('auth/password');
  }

  @Post()
  @Form('auth/password')
  async change(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body() { newPassword }: PasswordForm,
  ): Promise<SeeOther> {
    const changed = await this.sessions.renewAlone(request, user, (sessions) =>
      this.passwords.changePassword(user, newPassword, sessions),
    );
    this.devices.remember(changed, request, PASSWORD);
    const code = user.passwordHash === undefined ? 'password-set' : 'password-changed';
    return new SeeOther('/settings/password').with('success', code);
  }
}
