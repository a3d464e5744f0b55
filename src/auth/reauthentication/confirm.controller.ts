import { Body, Controller, Get, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Events } from '../../core/events.js';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/pages/form.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { returnPath } from '../../core/pages/return-path.js';
import type { User } from '../../users/user.js';
import { PersonConfirmed } from '../auth.events.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { ConfirmForm } from '../account/account.forms.js';
import { LoginSession } from '../session/login-session.js';

/** Where the person signed in proves who they are once more, and goes on to what asked for it. */
@Controller('settings/confirm')
export class ConfirmController {
  constructor(
    private readonly auth: PasswordsService,
    private readonly sessions: LoginSession,
    private readonly events: Events,
  ) {}

  @Get()
  show(@Req() request: Request, @Query('next') next?: string): Page | SeeOther {
    if (this.sessions.isProofFresh(request)) return new SeeOther(returnPath(next) ?? '/settings');
    return new Page('auth/confirm', { values: { next } });
  }

  @Post()
  @Form('auth/confirm')
  async confirm(
    @Req() request: Request,
    @CurrentUser() user: User,
    @Body() { currentPassword, next }: ConfirmForm,
  ): Promise<SeeOther> {
    const origin = this.sessions.origin(request, user);
    await this.auth.verifyCurrentPassword(user, currentPassword, origin, 'confirm');
    await this.sessions.confirm(request, user);
    await this.events.publish(new PersonConfirmed(user.id, 'password'));
    return new SeeOther(returnPath(next) ?? '/settings').with('success', 'confirmed');
  }
}
