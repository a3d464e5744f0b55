import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { MINUTE } from '../../core/clock.js';
import { digest } from '../../core/crypto/digests.js';
import { Database } from '../../core/database/database.js';
import { reasonOf } from '../../core/database/error-facts.js';
import { Mails } from '../../core/mail/mails.js';
import { FactorResets } from '../../users/factors/factor-resets.js';
import type { User } from '../../users/user.js';
import { FactorResetLinks } from './factor-reset-links.js';
import { LostFactorSettings } from './lost-factor.settings.js';

/** How often it looks for waiting times that are over. */
const LOOK_EVERY = 1 * MINUTE;

/**
 * Mails the link once the waiting time is over. Of several processes one has each request, and one that
 * crashes leaves it to the next look.
 */
@Injectable()
export class FactorResetMails implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('FactorReset');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly resets: FactorResets,
    private readonly links: FactorResetLinks,
    private readonly mails: Mails,
    private readonly settings: LostFactorSettings,
    private readonly database: Database,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.settings.offered || !this.mails.available) return;
    this.timer = setInterval(() => {
      // One after the other: a look that takes long is not overtaken.
      this.running = this.running.then(() => this.look());
    }, LOOK_EVERY).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** Makes every mail that is due. */
  async sweep(): Promise<void> {
    while (!this.stopping && this.database.ready) {
      const user = await this.resets.takeDue();
      if (!user) return;
      await this.mail(user);
      await this.resets.noteMailed(user);
    }
  }

  protected async mail(user: User): Promise<void> {
    const { id, username, email: to, factorReset } = user;
    if (to === undefined || !factorReset) return;
    const { askedAt } = factorReset;
    await this.mails.send({
      // While it waits to be handed over, a second one adds nothing.
      id: digest(`factor reset ${id} ${askedAt.toISOString()}`),
      kind: 'factor-reset-due',
      to,
      data: {
        username,
        askedAt,
        finish: this.links.address('finish', id, askedAt),
        cancel: this.links.address('cancel', id, askedAt),
      },
    });
  }

  private async look(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.logger.warn(`A mail about lost factors waits, to be made later: ${reasonOf(error)}`);
    }
  }
}
