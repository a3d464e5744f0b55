import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { clientNetwork } from '../../core/http/client-address.js';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/pages/form.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import type { User } from '../../users/user.js';
import { NameThrottle } from '../../users/name-throttle.js';
import { UsersService } from '../../users/users.service.js';
import { EmailForm } from './account.forms.js';
import { LoginSession } from '../session/login-session.js';
import { Proof } from '../reauthentication/reauthentication.js';

@Controller('settings/email')
export class EmailController {
  constructor(
    private readonly users: UsersService,
    private readonly throttle: NameThrottle,
    private readonly proof: Proof,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  show(@Req() request: Request, @CurrentUser() user: User): Page {
    this.proof.prepare(request, user);
    return new Page('auth/email', { values: { email: user.email } });
  }

  @Post()
  @Form('auth/email')
  async change(
    @Req() request: Request,
    @CurrentUser() user: User,
    @Body() { currentPassword, email }: EmailForm,
  ): Promise<SeeOther> {
    await this.proof.demand(request, user, currentPassword, 'email');
    await this.throttle.consume(clientNetwork(request));
    const changed = await this.users.changeEmail(user, email);
    await this.sessions.renewAlone(request, changed);
    return new SeeOther('/settings/email').with('success', 'email-changed');
  }
}
