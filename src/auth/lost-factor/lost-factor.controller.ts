import { Controller, Get, Post, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { HOUR } from '../../core/clock.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { Mails } from '../../core/mail/mails.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { Public } from '../../core/pages/public.decorator.js';
import { FactorResets } from '../../users/factors/factor-resets.js';
import type { User } from '../../users/user.js';
import { PendingLogins } from '../second-step/pending-logins.js';
import { LostFactorSettings } from './lost-factor.settings.js';
import { OfferedGuard } from './offered.guard.js';

/** For whoever has shown the first factor and has lost every second one. */
@Public()
@Controller('login/lost-factor')
@UseGuards(OfferedGuard)
export class LostFactorController {
  constructor(
    private readonly pending: PendingLogins,
    private readonly resets: FactorResets,
    private readonly limits: MailLimits,
    private readonly mails: Mails,
    private readonly settings: LostFactorSettings,
  ) {}

  @Get()
  async show(@Req() request: Request): Promise<Page | SeeOther> {
    const pending = await this.pending.find(request, 'second-step');
    if (!pending) return this.pending.beginAgain(request);
    const { user } = pending;
    return new Page('auth/lost-factor', {
      stage: this.resets.stageOf(user),
      due: user.factorReset?.due,
      mayAsk: this.mayAsk(user),
      hours: this.settings.wait / HOUR,
    });
  }

  @Post()
  async ask(@Req() request: Request): Promise<SeeOther> {
    const pending = await this.pending.find(request, 'second-step');
    if (!pending) return this.pending.beginAgain(request);
    const { user } = pending;
    if (this.mayAsk(user) && !this.resets.stageOf(user)) {
      // Who knows the password may ask again after each cancel: each asking is a mail.
      await this.limits.count(`factor reset ${user.id}`, clientNetwork(request));
      const isAsThen = (current: User) => this.pending.isAsThen(current, pending);
      await this.resets.ask(user, this.settings.wait, isAsThen);
    }
    return new SeeOther('/login/lost-factor');
  }

  // Who has verified no address can't be told, so that a thief would go unseen.
  private mayAsk({ emailVerifiedAt }: User): boolean {
    return this.mails.available && emailVerifiedAt !== undefined;
  }
}
