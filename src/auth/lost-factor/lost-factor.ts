import { Injectable } from '@nestjs/common';
import { NoticeBoard } from '../../core/pages/notice-board.js';
import type { Notice } from '../../core/pages/notices.js';
import { ViewLocals } from '../../core/pages/view-locals.js';
import { FactorResets } from '../../users/factors/factor-resets.js';
import type { User } from '../../users/user.js';
import { FactorResetLinkController } from './factor-reset-link.controller.js';
import { FactorResetLinks } from './factor-reset-links.js';
import { FactorResetMails } from './factor-reset-mails.js';
import { KeepFactorsController } from './keep-factors.controller.js';
import { LostFactorController } from './lost-factor.controller.js';
import { LostFactorSettings } from './lost-factor.settings.js';

/** What this way adds to pages: its link at the second step, and the banner in every session. */
@Injectable()
export class LostFactorPages {
  constructor(
    locals: ViewLocals,
    board: NoticeBoard,
    private readonly settings: LostFactorSettings,
    private readonly resets: FactorResets,
  ) {
    locals.add('lostFactor', () => settings.offered);
    board.addBanner(({ user }) => this.asked(user as User | undefined));
    board.addLink('factor-reset-cancelled', '/settings/password');
    board.addLink('factor-reset-asked', '/settings/security/keep-factors', { posts: true });
  }

  private asked(user: User | undefined): Notice | null {
    const stage = user && this.settings.offered ? this.resets.stageOf(user) : null;
    const due = user?.factorReset?.due;
    if (stage === null || !due) return null;
    return { kind: 'warning', key: 'notices.factor-reset-asked', params: { date: due } };
  }
}

export const lostFactorControllers = [
  LostFactorController,
  FactorResetLinkController,
  KeepFactorsController,
];

export const lostFactorProviders = [FactorResetLinks, FactorResetMails, LostFactorPages];
