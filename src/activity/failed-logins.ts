import { Injectable } from '@nestjs/common';
import { DAY } from '../core/clock.js';
import { TooManyAttempts } from '../core/domain-error.js';
import { Mails } from '../core/mail/mails.js';
import type { Limit } from '../core/throttle/limit.js';
import { Throttle } from '../core/throttle/throttle.js';
import { UsersService } from '../users/users.service.js';
import { ActivityService } from './activity.service.js';

/** Strangers bring it about as often as they like: more would let them fill a mailbox. */
const ONCE_A_DAY: Limit = { name: 'failed-logins-notice', tries: 1, window: 1 * DAY };

/** Tells people by mail that somebody tries to get into their account (OWASP ASVS 6.3.5). */
@Injectable()
export class FailedLogins {
  constructor(
    private readonly activity: ActivityService,
    private readonly users: UsersService,
    private readonly mails: Mails,
    private readonly throttle: Throttle,
  ) {}

  /**
   * To be called when one more stands in the activity. The mail goes to a verified address alone, since
   * others are perhaps a stranger's, and says nothing about who it was.
   */
  async look(accountId: string): Promise<void> {
    if (!this.mails.available || !(await this.activity.failedInARow(accountId))) return;
    const { username, email, emailVerifiedAt } = (await this.users.findById(accountId)) ?? {};
    if (email === undefined || !emailVerifiedAt) return;
    try {
      await this.throttle.consume(ONCE_A_DAY, accountId);
    } catch (error) {
      if (error instanceof TooManyAttempts) return;
      throw error;
    }
    await this.mails.send({ kind: 'failed-logins', to: email, data: { username } });
  }
}
