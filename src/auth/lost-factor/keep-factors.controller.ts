import { Controller, Post, UseGuards } from '@nestjs/common';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import { SeeOther } from '../../core/pages/page.js';
import { FactorResets } from '../../users/factors/factor-resets.js';
import type { SignedInUser } from '../../users/user.js';
import { OfferedGuard } from './offered.guard.js';

/** The button of the banner: somebody signed in has not lost what the request says is lost. */
@Controller('settings/security/keep-factors')
@UseGuards(OfferedGuard)
export class KeepFactorsController {
  constructor(private readonly resets: FactorResets) {}

  @Post()
  @NotSensitive('It keeps the account as it is, and whoever sees that it is needed must be quick.')
  async keep(@CurrentUser() user: SignedInUser): Promise<SeeOther> {
    const to = new SeeOther('/settings/security');
    const cancelled = await this.resets.cancel(user, 'session');
    return cancelled
      ? to.with('success', 'factor-reset-cancelled')
      : to.with('info', 'factor-reset-over');
  }
}
