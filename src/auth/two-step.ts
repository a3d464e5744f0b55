import { Injectable } from '@nestjs/common';
import { Menus } from '../core/pages/menus.js';
import { NoticeBoard } from '../core/pages/notice-board.js';
import type { Notice } from '../core/pages/notices.js';
import { SecondFactors } from '../users/factors/second-factors.js';
import type { SignedInUser, User } from '../users/user.js';
import { SecurityController } from './account/security.controller.js';
import { RecoveryCodeConfirmController } from './recovery-codes/recovery-code-confirm.controller.js';
import { RecoveryCodeStepController } from './recovery-codes/recovery-code-step.controller.js';
import { RecoveryCodesController } from './recovery-codes/recovery-codes.controller.js';
import { RecoveryCodesService } from './recovery-codes/recovery-codes.service.js';
import { ConfirmStep } from './reauthentication/confirm-step.js';
import { ConfirmStepController } from './reauthentication/confirm-step.controller.js';
import { PendingLogins } from './second-step/pending-logins.js';
import { SecondStepPolicy } from './second-step/second-step-policy.js';
import { SecondStepController } from './second-step/second-step.controller.js';
import { TrustedDevices } from './second-step/trusted-devices.js';
import { AuthenticatorController } from './totp/authenticator.controller.js';
import { SetUpController } from './totp/set-up.controller.js';
import { TotpSetUp } from './totp/totp-set-up.js';
import { TotpConfirmController } from './totp/totp-confirm.controller.js';
import { TotpStepController } from './totp/totp-step.controller.js';
import { TotpService } from './totp/totp.service.js';

/** What two-step login adds to menus and to the sentences of pages. */
@Injectable()
export class TwoStepPages {
  constructor(
    menus: Menus,
    board: NoticeBoard,
    factors: SecondFactors,
    private readonly policy: SecondStepPolicy,
  ) {
    board.addBanner(({ user }) => this.due(user as SignedInUser | undefined));
    board.addLink('second-step-due', '/settings/security/authenticator');
    board.addLink('recovery-code-used', '/settings/security/recovery-codes');
    menus.add('settings', {
      path: '/settings/security',
      label: 'titles.auth/security',
      order: 50,
      section: true,
      state: ({ user }) => {
        const isOn = factors.isAsked(user as User);
        return { text: { key: isOn ? 'security.state-on' : 'security.state-off' } };
      },
    });
  }

  private due(user: SignedInUser | undefined): Notice | null {
    const date = user && this.policy.graceEnd(user);
    return date ? { kind: 'warning', key: 'notices.second-step-due', params: { date } } : null;
  }
}

export const twoStepControllers = [
  SecurityController,
  AuthenticatorController,
  RecoveryCodesController,
  SecondStepController,
  TotpStepController,
  TotpConfirmController,
  RecoveryCodeStepController,
  ConfirmStepController,
  RecoveryCodeConfirmController,
  SetUpController,
];

export const twoStepProviders = [
  SecondStepPolicy,
  ConfirmStep,
  PendingLogins,
  TrustedDevices,
  RecoveryCodesService,
  TotpService,
  TotpSetUp,
  TwoStepPages,
];
