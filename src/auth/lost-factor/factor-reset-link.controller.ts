import { Controller, Get, Post, Query, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { clientNetwork } from '../../core/http/client-address.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { OpenToRestricted, Public } from '../../core/pages/public.decorator.js';
import { FactorResets } from '../../users/factors/factor-resets.js';
import type { User } from '../../users/user.js';
import { FactorResetLinks, type ResetLink } from './factor-reset-links.js';
import { OfferedGuard } from './offered.guard.js';

/**
 * Where the links in mails about a request lead. Opening one spends nothing, since programs that scan mails
 * open links; its one button cancels the request or carries it out, and signs nobody in.
 */
@Public()
@OpenToRestricted()
@Controller('login/lost-factor')
@UseGuards(OfferedGuard)
export class FactorResetLinkController {
  constructor(
    private readonly links: FactorResetLinks,
    private readonly resets: FactorResets,
    private readonly limits: MailLimits,
  ) {}

  @Get('cancel')
  showCancel(@Query('token') token = ''): Promise<Page> {
    return this.show('cancel', 'auth/lost-factor-cancel', token);
  }

  @Post('cancel')
  async cancel(@Req() request: Request, @Query('token') token = ''): Promise<Page | SeeOther> {
    const done = await this.follow(request, 'cancel', token, (user) =>
      this.resets.cancel(user, 'mail'),
    );
    return done ? next(request).with('success', 'factor-reset-cancelled') : gone();
  }

  @Get('finish')
  showFinish(@Query('token') token = ''): Promise<Page> {
    return this.show('finish', 'auth/lost-factor-finish', token);
  }

  @Post('finish')
  async finish(@Req() request: Request, @Query('token') token = ''): Promise<Page | SeeOther> {
    const done = await this.follow(request, 'finish', token, (user) => this.resets.finish(user));
    return done ? next(request).with('success', 'factors-cleared') : gone();
  }

  private follow<T>(
    request: Request,
    kind: ResetLink,
    token: string,
    work: (user: User) => Promise<T | null>,
  ): Promise<T | null> {
    return this.limits.tryLink(clientNetwork(request), async () => {
      const user = await this.links.accountOf(kind, token);
      return user && work(user);
    });
  }

  private async show(kind: ResetLink, view: string, token: string): Promise<Page> {
    const user = await this.links.accountOf(kind, token);
    if (!user) return gone();
    const { username, factorReset } = user;
    const shown = { token, username, askedAt: factorReset?.askedAt };
    return new Page(view, shown);
  }
}

function next({ user }: Request): SeeOther {
  return new SeeOther(user ? '/' : '/login');
}

// A spent, cancelled, old, mangled or foreign link looks the same.
function gone(): Page {
  return new Page('auth/lost-factor-gone', {}, 410);
}
