import { Controller, Get, Post, Query, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { clientNetwork } from '../../core/http/client-address.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { OpenToRestricted, Public } from '../../core/pages/public.decorator.js';
import { NeedsMail } from './needs-mail.guard.js';
import { NotMeService } from './not-me.service.js';

/** Events that the page has a sentence for. */
const SAID: readonly string[] = [
  'logged-in',
  'password-changed',
  'email-change-asked',
  'email-changed',
  'identity-linked',
  'identity-unlinked',
  'authenticator-added',
  'authenticator-removed',
  'passkey-added',
  'passkey-removed',
  'passkey-copied',
  'recovery-codes-made',
  'recovery-code-used',
  'device-trusted',
  'recovery-requested',
  'factor-reset-asked',
  'factor-reset-cancelled',
  'factors-cleared',
];

/**
 * Where the link "this wasn't me" leads. Opening it spends nothing, since programs that scan mails open
 * links; its one button throws everybody out.
 */
@Public()
@OpenToRestricted()
@Controller('not-me')
@UseGuards(NeedsMail)
export class NotMeController {
  constructor(
    private readonly notMe: NotMeService,
    private readonly limits: MailLimits,
  ) {}

  @Get()
  async show(@Query('token') token = ''): Promise<Page> {
    const doubt = await this.notMe.ask(token);
    if (!doubt) return gone();
    const { user, disputed, onlyEnds } = doubt;
    const { name, at, browser } = disputed;
    return new Page('auth/not-me', {
      token,
      username: user.username,
      event: SAID.includes(name) ? name : 'other',
      at,
      time: at.toISOString().slice(11, 16),
      browser,
      onlyEnds,
    });
  }

  @Post()
  async answer(@Req() request: Request, @Query('token') token = ''): Promise<Page | SeeOther> {
    const outcome = await this.limits.tryLink(clientNetwork(request), () =>
      this.notMe.answer(token),
    );
    if (!outcome) return gone();
    if (outcome.kind === 'ended') return new SeeOther('/login').with('success', 'not-me-ended');
    if (outcome.next !== null) return new SeeOther(outcome.next).with('success', 'not-me-undone');
    return new SeeOther('/login').with('warning', 'not-me-no-address');
  }
}

// A spent, old, mangled, foreign or powerless link looks the same.
function gone(): Page {
  return new Page('auth/not-me-gone', {}, 410);
}
