import { Body, Controller, Get, Post, Query, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Form } from '../../core/forms/form.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { OpenToRestricted, Public } from '../../core/pages/public.decorator.js';
import { returnPath } from '../../core/pages/return-path.js';
import type { User } from '../../users/user.js';
import { LoginForm } from './login.form.js';
import { LocalAuthGuard } from './local-auth.guard.js';
import { PASSWORD } from '../passwords/passwords.service.js';
import { PendingLogins } from '../second-step/pending-logins.js';
import { COOKIES_ASKED } from '../session/cookies-asked.js';
import { LoginSession } from '../session/login-session.js';

@Controller()
export class LoginController {
  constructor(
    private readonly sessions: LoginSession,
    private readonly pending: PendingLogins,
  ) {}

  // Leads on, so that a page which waits is still asked for.
  @Public()
  @OpenToRestricted()
  @Get('login')
  async show(
    @Req() request: Request,
    @Query('next') next?: string,
    @Query('remember') remember?: string,
    @Query(COOKIES_ASKED) asked?: string,
  ): Promise<Page | SeeOther> {
    if (request.user) return new SeeOther(returnPath(next) ?? '/');
    return new Page('auth/login', {
      values: { next, remember },
      cookiesMissing: asked !== undefined,
      awaitedStep: await this.pending.awaitedStep(request),
    });
  }

  @Public()
  @Post('login')
  @Form('auth/login')
  @UseGuards(LocalAuthGuard)
  async login(
    @Req() request: Request,
    @CurrentUser() user: User,
    @Body() { remember, next }: LoginForm,
  ): Promise<SeeOther> {
    const login = { method: PASSWORD, remember: remember !== undefined, next };
    return (await this.sessions.completeLogin(request, user, login)).next;
  }

  /** For those who come by an old bookmark: opening a page signs nobody out, its button does. */
  @Public()
  @OpenToRestricted()
  @Get('logout')
  ask(@Req() request: Request): Page | SeeOther {
    return request.user ? new Page('auth/logout') : new SeeOther('/login');
  }

  /** A browser whose session is over is told that it is. */
  @Public()
  @OpenToRestricted()
  @Post('logout')
  async logout(@Req() request: Request): Promise<SeeOther> {
    await this.sessions.end(request);
    return new SeeOther('/login').with('success', 'logged-out');
  }
}
