import { Body, Controller, Get, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/forms/form.decorator.js';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { nextOf, returnPath } from '../../core/pages/return-path.js';
import type { SignedInUser } from '../../users/user.js';
import { PASSWORD, PasswordsService } from '../passwords/passwords.service.js';
import { KnownDevice } from '../session/known-device.js';
import { LoginSession } from '../session/login-session.js';
import { ConfirmForm } from './confirm.form.js';
import { Reauthentication } from './reauthentication.js';

/** Where the person signed in shows who they are once more, and goes on to what asked for it. */
@Controller('settings/confirm')
export class ConfirmController {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly reauthentication: Reauthentication,
    private readonly sessions: LoginSession,
    private readonly devices: KnownDevice,
  ) {}

  @Get()
  show(@Req() request: Request, @Query('next') next?: string): Page | SeeOther {
    return this.reauthentication.isFresh(request)
      ? new SeeOther(returnPath(next) ?? '/settings')
      : new Page('auth/confirm', { values: { next } });
  }

  @Post()
  @NotSensitive('It is the re-authentication itself.')
  // Leads on who is fresh already, by another tab.
  @Form<ConfirmController>(async (controller, request) =>
    controller.show(request, nextOf(request) ?? undefined),
  )
  async confirm(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body() { currentPassword, next }: ConfirmForm,
  ): Promise<SeeOther> {
    const origin = this.devices.originAt(user, request);
    await this.passwords.verifyCurrentPassword(user, currentPassword, origin, request.path);
    await this.sessions.reauthenticated(request, user, PASSWORD);
    return new SeeOther(returnPath(next) ?? '/settings').with('success', 'confirmed');
  }
}
