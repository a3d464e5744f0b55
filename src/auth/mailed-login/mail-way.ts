import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ViewLocals } from '../../core/pages/view-locals.js';
import type { StoredWay } from '../../users/user.repository.js';
import type { User } from '../../users/user.js';
import { type WayIn, WaysIn } from '../../users/ways-in.js';
import { MAIL } from '../reauthentication/mailed-codes.js';
import { MailedLoginSettings } from './mailed-login.settings.js';

/** Contributes the verified mailbox to the ways into an account, where a mailed code lets people in. */
@Injectable()
export class MailWay implements OnModuleInit {
  constructor(
    private readonly settings: MailedLoginSettings,
    private readonly waysIn: WaysIn,
    locals: ViewLocals,
  ) {
    locals.add('loginByMail', () => settings.isOn);
  }

  // Later than the others: it is the last of the settings page.
  onModuleInit(): void {
    this.waysIn.add((user) => [this.of(user)]);
  }

  of(user: User): WayIn {
    const stored = this.settings.isOn ? storedWay(user) : null;
    return {
      id: MAIL,
      label: { key: 'ways-in.mail' },
      since: stored && stored.verifiedAt,
      opens: stored !== null,
      stored,
      available: this.settings.isOn,
      settings: { page: '/settings/email' },
      reauthentication: { mail: '/settings/confirm/mail' },
    };
  }
}

// With the date of the password: whoever sets a new one shuts out who has read a mail of before.
function storedWay({ email, emailVerifiedAt, passwordChangedAt }: User) {
  if (email === undefined || !emailVerifiedAt) return null;
  const way = { kind: 'mail', email, verifiedAt: emailVerifiedAt, passwordChangedAt } as const;
  return way satisfies StoredWay;
}
