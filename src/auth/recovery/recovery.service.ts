import { Injectable } from '@nestjs/common';
import { Clock, MINUTE } from '../../core/clock.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import { Events } from '../../core/events.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { NOBODY } from '../../core/mail/mail.schema.js';
import { Mails } from '../../core/mail/mails.js';
import { LatestTokens } from '../../core/one-time/latest-tokens.js';
import type { Purpose } from '../../core/one-time/one-time-records.js';
import { EmailsService, type Recovered } from '../../users/emails.service.js';
import { canonicalEmail } from '../../users/names/email-address.js';
import { isClaimOf, readLogin } from '../../users/names/login-identifier.js';
import { EmailAlreadyRegistered } from '../../users/user.errors.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { browserName } from '../session/browser-name.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { PasswordPolicy } from '../passwords/password-policy.js';
import { RecoveryLinkGone } from './recovery.errors.js';
import { NotMeLinks } from './not-me-links.js';
import { RecoveryRequested } from './recovery.events.js';

/** OWASP's cheat sheet on forgotten passwords asks for a short one; a mail may take minutes. */
const LINK: Purpose = { name: 'recovery', lifetime: 30 * MINUTE };

/** What a link stands for: the account as it was when the mail was asked for. */
interface Recovery {
  readonly email: string;
  /** ISO 8601; null: there was no password. */
  readonly passwordChangedAt: string | null;
}

/** Gets people back in who have nothing but their mailbox. */
@Injectable()
export class RecoveryService {
  constructor(
    private readonly users: UsersService,
    private readonly emails: EmailsService,
    private readonly tokens: LatestTokens,
    private readonly mails: Mails,
    private readonly limits: MailLimits,
    private readonly hasher: PasswordHasher,
    private readonly policy: PasswordPolicy,
    private readonly events: Events,
    private readonly core: CoreSettings,
    private readonly clock: Clock,
    private readonly notMe: NotMeLinks,
  ) {}

  /**
   * Sends a mail with a link for each account that a name or an address may mean. Whether there is one
   * can't be told from outside: for nobody the same is written (CWE-204).
   *
   * @param login a user name or an address, as typed; a mail goes to the stored address alone
   * @throws TooManyAttempts by what was typed, whoever has it
   */
  async request(login: string, network: string | null): Promise<void> {
    const typed = readLogin(login).canonical;
    // With its kind: whatever is typed fills no counter of an address.
    await this.limits.count(`typed ${typed}`, network);
    const found = await this.users.findByLogin(login);
    const reachable = found.filter((user) => user.emailPlace !== undefined);
    const [first] = reachable;
    const mayGo = await this.limits.permits(`address ${canonicalEmail(first?.email ?? typed)}`);
    const event = new RecoveryRequested(first?.id ?? null, isClaimOf(login, first));
    event.happened(this.clock.now());
    if (mayGo && first) await this.mailLinks(reachable, event);
    else await this.mailNobody(typed, event);
    await this.events.publish(event);
  }

  /** @returns the page that sets a new password, for whoever has just shown control of the account's address */
  async begin(user: User): Promise<string> {
    return pageOf(await this.tokens.issue(LINK, user.id, asOf(user)));
  }

  /** Ends the link that waits. */
  async cancel(user: User): Promise<void> {
    await this.tokens.end(LINK, user.id);
  }

  /**
   * @param token of a link; looking spends nothing
   * @throws RecoveryLinkGone
   */
  async accountOf(token: string): Promise<User> {
    const held = await this.tokens.read<Recovery>(LINK, token);
    const user = held && (await this.users.findById(held.holder));
    if (!user || !isAsThen(user, held.payload)) throw new RecoveryLinkGone();
    return user;
  }

  /**
   * Sets the password and ends all sessions. It shows control of the address, too. The new password makes
   * the link worthless, in the same write: so a crash before it leaves the link as it was.
   *
   * @throws RecoveryLinkGone, UnacceptablePassword, TooBusy
   */
  async finish(token: string, newPassword: string): Promise<Recovered> {
    this.policy.check(newPassword, await this.accountOf(token), 'newPassword');
    const hash = await this.hasher.hash(newPassword);
    const held = await this.tokens.read<Recovery>(LINK, token);
    const user = held && (await this.users.findById(held.holder));
    if (!user) throw new RecoveryLinkGone();
    const recovered = await this.emails
      .recover(user, hash, (current) => isAsThen(current, held.payload))
      .catch((error: unknown) => {
        if (error instanceof EmailAlreadyRegistered) return null;
        throw error;
      });
    if (!recovered) throw new RecoveryLinkGone();
    return recovered;
  }

  // Some hosts tell apart what is one address here: each spelling gets the links of its own accounts alone.
  private async mailLinks(users: readonly User[], event: RecoveryRequested): Promise<void> {
    for (const to of new Set(users.map(({ email = NOBODY }) => email))) {
      const own = users.filter(({ email }) => email === to);
      const accounts = await Promise.all(own.map((user) => this.linkFor(user, event)));
      await this.mails.send({ kind: 'recovery', to, data: { accounts } });
    }
  }

  // The same writes; the link of a mail that went before is left as it is.
  private async mailNobody(typed: string, event: RecoveryRequested): Promise<void> {
    const nobody = `nobody ${typed}`;
    const link = await this.link(nobody, { email: typed, passwordChangedAt: null });
    await this.disputeOf(nobody, typed, event);
    await this.mails.send({ kind: 'recovery', to: NOBODY, data: { accounts: [link] } });
  }

  // Who has not verified the address has nothing that could be defended from there, but the same is written.
  private async linkFor(user: User, event: RecoveryRequested) {
    const { id, email = '', emailVerifiedAt } = user;
    const link = await this.link(id, asOf(user), named(user));
    const notMe = await this.disputeOf(id, email, event);
    return emailVerifiedAt ? { ...link, notMe } : link;
  }

  private async disputeOf(holder: string, mailbox: string, event: RecoveryRequested) {
    const { id, name, at, origin } = event;
    const browser = await browserName(origin?.userAgent ?? '');
    return this.notMe.issue(holder, { id, name, at, mailbox, browser });
  }

  private async link(holder: string, recovery: Recovery, data: object = {}) {
    const token = await this.tokens.issue(LINK, holder, recovery);
    return { ...data, link: `${this.core.baseUrl}${pageOf(token)}` };
  }
}

function pageOf(token: string): string {
  return `/recovery/new-password?token=${token}`;
}

function asOf({ email = '', passwordChangedAt }: User): Recovery {
  return { email, passwordChangedAt: passwordChangedAt?.toISOString() ?? null };
}

function named({ username }: User): { username: string } {
  return { username };
}

// Whatever has changed who can get in since makes a link worthless.
function isAsThen({ email, passwordChangedAt }: User, then: Recovery): boolean {
  return (
    email === then.email && (passwordChangedAt?.toISOString() ?? null) === then.passwordChangedAt
  );
}
