import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SECOND } from '../core/clock.js';
import { Database } from '../core/database/database.js';
import { reasonOf } from '../core/database/error-facts.js';
import { On } from '../core/events.js';
import { AccountChanges } from '../users/account-changes.js';
import { AccountEvent } from '../users/account.events.js';
import { type KeptEvent, keptForm, type UntoldEvents } from '../users/account.events.js';
import { UsersService } from '../users/users.service.js';
import { ActivityService } from './activity.service.js';
import { FailedLogins } from './failed-logins.js';
import { SecurityNotices } from './security-notices.js';

/** How often it looks for what other processes have left behind. */
const LOOK_EVERY = 30 * SECOND;

/**
 * Of what happens to an account again and again within an hour so much is mailed and added. The link of
 * the first mail undoes what comes after it, too; more of them would bury it.
 */
const MAILED_AN_HOUR = 10;
const ADDED_AN_HOUR = 200;

const DELETED = 'deleted';
const LOGIN_FAILED = 'login-failed';

/**
 * Copies events to the activity of their account and to mail, beside the request that they happened in.
 * An account keeps its events until they are copied, so that what a crash interrupts is copied by the next
 * look; a second copy is harmless, since activity and mail know an event by its id.
 */
@Injectable()
export class Relay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Activity');
  private readonly underWay = new Set<Promise<void>>();
  private look: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(
    private readonly changes: AccountChanges,
    private readonly activity: ActivityService,
    private readonly notices: SecurityNotices,
    private readonly failedLogins: FailedLogins,
    private readonly users: UsersService,
    private readonly database: Database,
  ) {}

  onApplicationBootstrap(): void {
    this.look = setInterval(() => this.beside(() => this.sweep()), LOOK_EVERY).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.look);
    await Promise.all(this.underWay);
  }

  @On(AccountEvent)
  hear(event: AccountEvent): void {
    const { accountId, facts } = event;
    // What a limit refuses has no bound: the log alone has it.
    if (accountId === null || facts['reason'] === 'limit') return;
    this.beside(() => this.tell(accountId, keptForm(event)));
  }

  /** Copies what was stored a while ago and is not copied yet. */
  async sweep(): Promise<void> {
    while (!this.stopping && this.database.ready) {
      const untold = await this.changes.takeUntold();
      if (!untold) return;
      await this.tellAgain(untold);
    }
  }

  /** Copies an event that has just happened. */
  protected async tell(accountId: string, event: KeptEvent): Promise<void> {
    await this.copy(accountId, event);
    if (event.name === LOGIN_FAILED) await this.failedLogins.look(accountId);
    const isThere = event.addressee
      ? await this.changes.forgetTold(accountId, [event.id])
      : (await this.users.findById(accountId)) !== null;
    // It may have gone in the meantime, and its activity before this was added.
    if (!isThere) await this.activity.purge(accountId);
  }

  private async tellAgain({ accountId, isGone, events }: UntoldEvents): Promise<void> {
    for (const event of events) {
      if (!(await this.activity.has(event.id))) await this.copy(accountId, event);
    }
    const ids = events.map(({ id }) => id);
    const isThere = ids.length > 0 ? await this.changes.forgetTold(accountId, ids) : !isGone;
    // An event that was under way as the account went may have been copied since.
    if (!isThere) await this.activity.purge(accountId);
  }

  // The mail first: whoever finds the event in the activity takes it for mailed.
  protected async copy(accountId: string, event: KeptEvent): Promise<void> {
    const before = await this.activity.countBefore(accountId, event, ADDED_AN_HOUR);
    if (before < MAILED_AN_HOUR) await this.notices.send(accountId, event);
    if (event.name === DELETED) await this.activity.purge(accountId);
    else if (before < ADDED_AN_HOUR) await this.activity.add(accountId, event);
  }

  private beside(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        this.logger.warn(`An event waits, to be copied later: ${reasonOf(error)}`);
      })
      .finally(() => this.underWay.delete(running));
    this.underWay.add(running);
  }
}
