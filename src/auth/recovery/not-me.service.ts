import { Injectable } from '@nestjs/common';
import { Clock } from '../../core/clock.js';
import type { User } from '../../users/user.js';
import { AccountUndo } from '../../users/undo/account-undo.js';
import { UsersService } from '../../users/users.service.js';
import { type Disputed, NotMeLinks } from './not-me-links.js';
import { RecoveryService } from './recovery.service.js';

/** What a link asks its reader. */
export interface Doubt {
  readonly user: User;
  readonly disputed: Disputed;
  /** It is about a recovery that has begun: sessions end, and nothing is undone. */
  readonly onlyEnds: boolean;
}

/** What came of the answer. */
export type NotMeOutcome =
  | { readonly kind: 'ended' }
  /** With the page that sets a new password; null: the account has no address by which it could be set. */
  | { readonly kind: 'undone'; readonly next: string | null };

/** Throws a thief out for whoever reads the mailbox that the account had verified before the thief came. */
@Injectable()
export class NotMeService {
  constructor(
    private readonly users: UsersService,
    private readonly links: NotMeLinks,
    private readonly accounts: AccountUndo,
    private readonly recovery: RecoveryService,
    private readonly clock: Clock,
  ) {}

  /** @returns null for a link that is spent, old, none of ours, or without power by now; looking spends nothing */
  async ask(token: string): Promise<Doubt | null> {
    const held = await this.links.read(token);
    const user = held && (await this.users.findById(held.accountId));
    if (!user || !this.accounts.hasPower(user, disavowal(held.disputed), this.clock.now())) {
      return null;
    }
    // A mailbox alone must not take more away than a recovery would.
    const onlyEnds = held.disputed.name === 'recovery-requested';
    return { user, disputed: held.disputed, onlyEnds };
  }

  /** @returns null as `ask` does. @throws AccountChangedMeanwhile */
  async answer(token: string): Promise<NotMeOutcome | null> {
    const doubt = await this.ask(token);
    if (!doubt) return null;
    const { user, disputed, onlyEnds } = doubt;
    // Spent after the work is done: a crash before it leaves the link, one behind it a page that leads to a recovery.
    if (onlyEnds) {
      if (!(await this.accounts.endSessions(user, disavowal(disputed)))) return null;
      await this.recovery.cancel(user);
      await this.links.spend(token);
      return { kind: 'ended' };
    }
    const undone = await this.accounts.undo(user, disavowal(disputed));
    if (!undone) return null;
    const next = undone.email === undefined ? null : await this.recovery.begin(undone);
    await this.links.spend(token);
    return { kind: 'undone', next };
  }
}

function disavowal({ at, mailbox }: Disputed): { since: Date; mailbox: string } {
  return { since: at, mailbox };
}
