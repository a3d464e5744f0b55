import { Body, Controller, Get, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../core/forms/form.decorator.js';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import type { SignedInUser } from '../../users/user.js';
import { Reauthenticated } from '../reauthentication/reauthenticated.decorator.js';
import { recoveryCodesPage } from '../recovery-codes/recovery-codes.controller.js';
import { SecondStepPolicy } from '../second-step/second-step-policy.js';
import { LoginSession } from '../session/login-session.js';
import { TotpSetUp } from './totp-set-up.js';
import { AuthenticatorForm } from './totp.form.js';
import { TOTP, TotpService } from './totp.service.js';

const PAGE = '/settings/security/authenticator';
const SECURITY = '/settings/security';

/** The authenticator app of the account: set up, replaced, removed. */
@Controller('settings/security/authenticator')
@Reauthenticated({ page: PAGE })
export class AuthenticatorController {
  constructor(
    private readonly totp: TotpService,
    private readonly setUp: TotpSetUp,
    private readonly policy: SecondStepPolicy,
    private readonly sessions: LoginSession,
  ) {}

  /** @param another set up another app in the place of the one that the account has */
  @Get()
  @Reauthenticated({ page: PAGE, form: AuthenticatorForm })
  async show(@CurrentUser() user: SignedInUser, @Query('another') another?: string): Promise<Page> {
    if (user.totp && another === undefined) {
      const { confirmedAt } = user.totp;
      return new Page('auth/authenticator', {
        confirmedAt,
        removable: this.policy.mayRemove(user, TOTP),
      });
    }
    const shown = await this.setUp.show(user, tokenOf(user));
    return new Page('auth/set-up-authenticator', { ...shown, replaces: user.totp !== undefined });
  }

  @Post()
  @Reauthenticated({ page: PAGE, form: AuthenticatorForm })
  @Form((controller: AuthenticatorController, { user }: Request) =>
    // Behind the guard of signed-in people.
    controller.show(user as SignedInUser, 'yes'),
  )
  async confirm(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body() { totp }: AuthenticatorForm,
  ): Promise<Page | SeeOther> {
    const sealedSecret = await this.setUp.secretOf(user, tokenOf(user));
    let made: readonly string[] | null = null;
    await this.sessions.renewAlone(request, user, async (sessions) => {
      const confirmed = await this.totp.confirm(user, sealedSecret, totp, sessions);
      made = confirmed.codes;
      return confirmed.user;
    });
    await this.setUp.end(user, tokenOf(user));
    return made
      ? recoveryCodesPage(made, SECURITY, 'recovery-codes.turned-on')
      : new SeeOther(SECURITY).with('success', 'authenticator-added');
  }

  @Post('remove')
  async remove(@Req() request: Request, @CurrentUser() user: SignedInUser): Promise<SeeOther> {
    await this.sessions.renewAlone(request, user, (sessions) => this.totp.remove(user, sessions));
    return new SeeOther(SECURITY).with('success', 'authenticator-removed');
  }
}

// The id of a session changes with each re-authentication, and what is shown must not.
function tokenOf({ session }: SignedInUser): string {
  return session.startedAt.toISOString();
}
