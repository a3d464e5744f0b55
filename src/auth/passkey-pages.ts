import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Menus } from '../core/pages/menus.js';
import { NoticeBoard } from '../core/pages/notice-board.js';
import { Notices } from '../core/pages/notices.js';
import { ViewLocals } from '../core/pages/view-locals.js';
import type { SignedInUser, User } from '../users/user.js';
import { Ceremonies } from './passkeys/ceremonies.js';
import { Challenges } from './passkeys/challenges.js';
import { PasskeyConfirmController } from './passkeys/passkey-confirm.controller.js';
import { PasskeyList } from './passkeys/passkey-list.js';
import { PasskeyLoginController } from './passkeys/passkey-login.controller.js';
import { PasskeyRegistrationController } from './passkeys/registration/passkey-registration.controller.js';
import { PasskeyRegistrationRules } from './passkeys/registration/passkey-registration.form.js';
import { PasskeyRegistrations } from './passkeys/registration/passkey-registrations.js';
import { PasskeyStepController } from './passkeys/passkey-step.controller.js';
import { PasskeyWays } from './passkeys/passkey-ways.js';
import { PasskeysController } from './passkeys/passkeys.controller.js';
import { PasskeysService } from './passkeys/passkeys.service.js';
import { PASSWORD } from './passwords/passwords.service.js';

/** What greets after a login by a password. */
const GREETINGS = ['welcome', 'registered'];

/** What passkeys add to menus and pages. */
@Injectable()
export class PasskeyPages {
  constructor(
    menus: Menus,
    locals: ViewLocals,
    board: NoticeBoard,
    ways: PasskeyWays,
    private readonly notices: Notices,
  ) {
    locals.add('offersPasskey', (request) => this.isOffered(request));
    locals.add('hasPasskey', ({ user }) => user && ways.usable(user as User).length > 0);
    board.addLink('passkey-copied', '/settings/security/passkeys');
    menus.add('settings', {
      path: '/settings/security/passkeys',
      label: 'titles.auth/passkeys',
      order: 45,
      section: true,
      state: ({ user }) => {
        const { passkeys = [] } = user as User;
        return { text: { key: 'passkeys.state', params: { count: passkeys.length } } };
      },
    });
  }

  /**
   * On the page that greets after a login by a password, and on no other. Whoever has a passkey, or has
   * said no, is asked nothing.
   */
  private isOffered(request: Request): boolean {
    const user = request.user as SignedInUser | undefined;
    if (!user || user.passkeys || user.passkeyDeclinedAt) return false;
    return user.session.methods.includes(PASSWORD) && this.notices.hasAny(request, GREETINGS);
  }
}

export const passkeyControllers = [
  PasskeysController,
  PasskeyLoginController,
  PasskeyConfirmController,
  PasskeyStepController,
  PasskeyRegistrationController,
];

export const passkeyProviders = [
  Challenges,
  Ceremonies,
  PasskeyWays,
  PasskeyList,
  PasskeysService,
  PasskeyRegistrations,
  PasskeyRegistrationRules,
  PasskeyPages,
];
