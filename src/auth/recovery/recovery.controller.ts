import { Body, Controller, Get, Post, Query, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../core/forms/form.decorator.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { OpenToRestricted, Public } from '../../core/pages/public.decorator.js';
import { WaysIn } from '../../users/ways-in.js';
import { PASSWORD } from '../passwords/passwords.service.js';
import { LoginSession } from '../session/login-session.js';
import { NeedsMail } from './needs-mail.guard.js';
import { RecoveryLinkGone } from './recovery.errors.js';
import { NewPasswordForm, RecoveryForm } from './recovery.form.js';
import { RecoveryService } from './recovery.service.js';

@Public()
@OpenToRestricted()
@Controller('recovery')
@UseGuards(NeedsMail)
export class RecoveryController {
  constructor(
    private readonly recovery: RecoveryService,
    private readonly sessions: LoginSession,
    private readonly waysIn: WaysIn,
  ) {}

  @Get()
  ask(@Query('identifier') identifier?: string): Page {
    return new Page('auth/recovery', { values: { identifier } });
  }

  /** The same answer for everybody: it does not tell who has an account. */
  @Post()
  @Form('auth/recovery')
  async send(@Req() request: Request, @Body() { identifier }: RecoveryForm): Promise<SeeOther> {
    await this.recovery.request(identifier, clientNetwork(request));
    return new SeeOther('/recovery/sent');
  }

  @Get('sent')
  sent(): Page {
    return new Page('auth/recovery-sent');
  }

  /** Opening the link spends nothing: mail programs open links, too. */
  @Get('new-password')
  async show(@Query('token') token = ''): Promise<Page> {
    try {
      const { username } = await this.recovery.accountOf(token);
      return new Page('auth/new-password', { values: { token, username } });
    } catch (error) {
      if (error instanceof RecoveryLinkGone) return new Page('auth/recovery-gone', {}, 410);
      throw error;
    }
  }

  @Post('new-password')
  @Form((controller: RecoveryController, { body }: Request) => controller.show(tokenIn(body)))
  async finish(
    @Req() request: Request,
    @Body() { token, newPassword }: NewPasswordForm,
  ): Promise<SeeOther> {
    const { user, removed, passkeys, authenticator } = await this.recovery.finish(
      token,
      newPassword,
    );
    const labels = this.waysIn.of({ ...user, identities: removed });
    const { next } = await this.sessions.completeLogin(request, user, {
      method: PASSWORD,
      greeting: 'recovered',
      isFirst: true,
    });
    for (const { provider, name = '' } of removed) {
      const { params = {} } = labels.find(({ id }) => id === provider)?.label ?? {};
      next.with('warning', 'recovery-unlinked', { ...params, name });
    }
    if (passkeys > 0) next.with('warning', 'recovery-passkeys', { count: passkeys });
    if (authenticator) next.with('warning', 'recovery-authenticator');
    return next;
  }
}

function tokenIn(body: unknown): string {
  const token: unknown = Reflect.get(Object(body), 'token');
  return typeof token === 'string' ? token : '';
}
