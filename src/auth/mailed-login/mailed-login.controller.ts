import { Body, Controller, Get, Post, Query, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../core/forms/form.decorator.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { Public } from '../../core/pages/public.decorator.js';
import { leadingTo, returnPath } from '../../core/pages/return-path.js';
import { LoginSession } from '../session/login-session.js';
import { CodeForm } from '../verification/code.form.js';
import { MailedLoginForm } from './mailed-login.form.js';
import { NeedsMailedLogin } from './mailed-login.guard.js';
import { LoginMails } from './login-mails.js';
import { MailedLogins, type Opened } from './mailed-logins.js';

/** The way in by a mail: asked for on the login page, finished in the same browser. */
@Public()
@Controller('login')
@UseGuards(NeedsMailedLogin)
export class MailedLoginController {
  constructor(
    private readonly mails: LoginMails,
    private readonly logins: MailedLogins,
    private readonly limits: MailLimits,
    private readonly sessions: LoginSession,
  ) {}

  /** The same answer for everybody: it does not tell who has an account. */
  @Post('mail')
  @Form('auth/login')
  async send(
    @Req() request: Request,
    @Body() { identifier, remember, next }: MailedLoginForm,
  ): Promise<SeeOther> {
    const wish = { remember: remember !== undefined, next: returnPath(next) };
    await this.mails.request(request, identifier, wish);
    return new SeeOther('/login/code');
  }

  /** A form that came back stands at this address; a browser that opens its tabs again asks for it. */
  @Get('mail')
  again(): SeeOther {
    return new SeeOther('/login');
  }

  @Get('code')
  async show(@Req() request: Request): Promise<Page | SeeOther> {
    const waiting = await this.logins.find(request);
    if (waiting) return new Page('auth/login-code', { again: again(waiting.login.next) });
    return gone(request);
  }

  @Post('code')
  @Form((controller: MailedLoginController, request) => controller.show(request))
  async redeem(@Req() request: Request, @Body() { code }: CodeForm): Promise<SeeOther> {
    const opened = await this.mails.redeem(request, code);
    return opened ? this.complete(request, opened) : gone(request);
  }

  /** Opening the link spends nothing: mail programs open links, too. In another browser it says what to do. */
  @Get('link')
  async showLink(@Req() request: Request, @Query('token') token = ''): Promise<Page> {
    const isHere = await this.logins.knows(request, token);
    return isHere ? new Page('auth/login-link', { token }) : elsewhere();
  }

  @Post('link')
  async follow(@Req() request: Request, @Query('token') token = ''): Promise<Page | SeeOther> {
    const opened = await this.limits.tryLink(clientNetwork(request), () =>
      this.logins.spend(request, { token }),
    );
    return opened ? this.complete(request, opened) : elsewhere(410);
  }

  private async complete(request: Request, { user, login }: Opened): Promise<SeeOther> {
    return (await this.sessions.completeLogin(request, user, login)).next;
  }
}

function again(next: unknown): string {
  return leadingTo(returnPath(next), '/login');
}

// Of another browser, spent, old or mangled: from here they look the same.
function elsewhere(status = 200): Page {
  return new Page('auth/login-link-elsewhere', {}, status);
}

function gone(request: Request): SeeOther {
  const to = new SeeOther(request.user ? '/' : '/login');
  // A stranger who only looks gets no cookie by it.
  return request.method === 'POST' ? to.with('warning', 'login-code-gone') : to;
}
