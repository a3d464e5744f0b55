import { Injectable } from '@nestjs/common';
import { FactorResetLinks } from '../auth/lost-factor/factor-reset-links.js';
import { NotMeLinks } from '../auth/recovery/not-me-links.js';
import { browserName } from '../auth/session/browser-name.js';
import { Mails } from '../core/mail/mails.js';
import type { KeptEvent } from '../users/account.events.js';
import type { BrowserName } from '../users/session.js';
import { ProviderRegistry } from '../oauth/providers/provider.registry.js';
import { ActivityService } from './activity.service.js';

/** The mails by the names of their events: what a thief of an account would do; a login has two of its own. */
const NOTICES: Readonly<Record<string, string>> = {
  'password-changed': 'password-changed',
  'email-change-asked': 'email-change-asked',
  'email-changed': 'email-changed',
  'identity-linked': 'identity-linked',
  'identity-unlinked': 'identity-unlinked',
  'authenticator-added': 'authenticator-added',
  'authenticator-removed': 'authenticator-removed',
  'passkey-added': 'passkey-added',
  'passkey-removed': 'passkey-removed',
  'passkey-copied': 'passkey-copied',
  'recovery-codes-made': 'recovery-codes-made',
  'recovery-code-used': 'recovery-code-used',
  'device-trusted': 'device-trusted',
  'factor-reset-asked': 'factor-reset-asked',
  'factor-reset-cancelled': 'factor-reset-cancelled',
  'factors-cleared': 'factors-cleared',
  recovered: 'recovered',
  deleted: 'account-deleted',
};

/**
 * Events whose mail has no link "this wasn't me": nothing is left that could be undone, or whoever reads
 * the mailbox did it.
 */
const WITHOUT_LINK: readonly string[] = ['recovered', 'deleted'];

/** Tells people by mail of what a thief would do to their account. */
@Injectable()
export class SecurityNotices {
  constructor(
    private readonly mails: Mails,
    private readonly links: NotMeLinks,
    private readonly registry: ProviderRegistry,
    private readonly resetLinks: FactorResetLinks,
    private readonly activity: ActivityService,
  ) {}

  /**
   * It goes to an address alone that the account had verified before: whoever has put another one there
   * since is perhaps the thief.
   */
  async send(accountId: string, event: KeptEvent): Promise<void> {
    const { id, name, facts, at, origin, addressee } = event;
    if (!addressee || addressee.mailbox === null || !this.mails.available) return;
    const kind = await this.kindOf(accountId, event);
    if (kind === null) return;
    const { username, mailbox } = addressee;
    const browser = origin && (await browserName(origin.userAgent));
    const disputed = { id, name, at, mailbox, browser };
    const link = WITHOUT_LINK.includes(name) ? null : await this.links.issue(accountId, disputed);
    await this.mails.send({
      id,
      kind,
      to: mailbox,
      data: {
        kind,
        username,
        provider: this.labelOf(facts['provider']),
        at,
        time: timeOf(at),
        ...shownBrowser(browser),
        address: origin?.address ?? '',
        link,
        by: facts['by'],
        ...this.resetOf(accountId, event),
      },
    });
  }

  private async kindOf(accountId: string, { name, facts, at }: KeptEvent): Promise<string | null> {
    if (name !== 'logged-in') return NOTICES[name] ?? null;
    if (facts['device'] === 'new') return 'new-device';
    return (await this.activity.failedInARow(accountId, at)) ? 'login-after-failures' : null;
  }

  // What is asked for can be cancelled until then, without more.
  private resetOf(accountId: string, { name, facts, at }: KeptEvent): object {
    if (name !== 'factor-reset-asked') return {};
    const due = new Date(facts['due'] ?? at);
    return { due, cancel: this.resetLinks.address('cancel', accountId, at) };
  }

  // One that the code no longer has is named by its id.
  private labelOf(provider = ''): string {
    return this.registry.known.find(({ id }) => id === provider)?.label ?? provider;
  }
}

function shownBrowser(browser: BrowserName | null): object {
  return browser ? { browser: browser.browser, system: browser.system } : {};
}

/** @returns the time of day, in UTC as the day is */
export function timeOf(at: Date): string {
  return at.toISOString().slice(11, 16);
}
