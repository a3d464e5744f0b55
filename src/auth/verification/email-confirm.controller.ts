import { Controller, Get, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { clientNetwork } from '../../core/http/client-address.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { OpenToRestricted, Public } from '../../core/pages/public.decorator.js';
import { EmailVerification } from './email-verification.js';
import { VerificationNotices } from './verification-notices.js';

/**
 * Where the mailed link leads. Opening it spends nothing, since programs that scan mails open links; the
 * page says whose account it is, since a stranger may have typed the address (Sudhodanan and Paverd
 * 2022): its buttons decide, and sign nobody in.
 */
@Public()
@OpenToRestricted()
@Controller('email/confirm')
export class EmailConfirmController {
  constructor(
    private readonly verification: EmailVerification,
    private readonly limits: MailLimits,
    private readonly notices: VerificationNotices,
  ) {}

  @Get()
  async show(@Query('token') token = ''): Promise<Page> {
    const question = await this.verification.ask(token);
    if (!question) return gone();
    const { user, email, askedAt, browser } = question;
    const { username, createdAt } = user;
    const asked = new Date(askedAt);
    return new Page('auth/confirm-email', { token, username, createdAt, email, asked, browser });
  }

  @Post()
  async confirm(@Req() request: Request, @Query('token') token = ''): Promise<Page | SeeOther> {
    const outcome = await this.limits.tryLink(clientNetwork(request), () =>
      this.verification.confirm(token),
    );
    if (!outcome) return gone();
    return this.notices.verified(new SeeOther(request.user ? '/' : '/login'), outcome);
  }

  @Post('not-mine')
  async disown(@Req() request: Request, @Query('token') token = ''): Promise<Page | SeeOther> {
    const account = await this.limits.tryLink(clientNetwork(request), () =>
      this.verification.disown(token),
    );
    if (!account) return gone();
    return new SeeOther('/').with('success', 'email-released', { username: account.username });
  }
}

// A spent, old or mangled token and one that never was look the same.
function gone(): Page {
  return new Page('auth/confirm-email-gone', {}, 410);
}
