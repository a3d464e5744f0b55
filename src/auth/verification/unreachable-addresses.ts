import { Injectable } from '@nestjs/common';
import { DAY } from '../../core/clock.js';
import { On } from '../../core/events.js';
import { MailRefused } from '../../core/mail/mail.events.js';
import { OneTimeRecords, type Purpose } from '../../core/one-time/one-time-records.js';
import type { User } from '../../users/user.js';
import { unverifiedEmail } from './unverified-email.js';

/** A mistyped address stays one; a mailbox that was full is tried again by whoever asks for another mail. */
const UNREACHABLE: Purpose = { name: 'unreachable address', lifetime: 30 * DAY };

/** Addresses to which a mail server took no mail, for their own person's eyes. */
@Injectable()
export class UnreachableAddresses {
  constructor(private readonly records: OneTimeRecords) {}

  @On(MailRefused)
  async note({ to, data }: MailRefused): Promise<void> {
    const { accountId } = data;
    if (typeof accountId !== 'string') return;
    await this.records.issue(UNREACHABLE, accountId, { email: to }, accountId);
  }

  /** Whether the last mail that could verify the account's address was refused. */
  async has(user: User): Promise<boolean> {
    const { id } = user;
    const refused = await this.records.read<{ email: string }>(UNREACHABLE, id, id);
    return refused !== null && refused.email === unverifiedEmail(user);
  }

  /** Another mail is on its way. */
  async forget({ id }: User): Promise<void> {
    await this.records.spend(UNREACHABLE, id, id);
  }
}
