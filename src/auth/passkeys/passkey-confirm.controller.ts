import { Body, Controller, Get, HttpCode, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../core/forms/form.decorator.js';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { OpenToRestricted } from '../../core/pages/public.decorator.js';
import { leadingTo, nextOf, returnPath } from '../../core/pages/return-path.js';
import { SecondFactors } from '../../users/factors/second-factors.js';
import { SecondStepFailed } from '../../users/factors/factor.events.js';
import type { SignedInUser } from '../../users/user.js';
import { ConfirmStep } from '../reauthentication/confirm-step.js';
import { LoginSession } from '../session/login-session.js';
import { ReauthenticationFailed } from '../session/session.events.js';
import { Ceremonies, type Place } from './ceremonies.js';
import { PasskeyForm } from './passkey.form.js';
import { PASSKEY, PasskeyWays } from './passkey-ways.js';
import { PasskeysService } from './passkeys.service.js';

/** Re-authentication by a passkey of the account, and its second step by one. */
@Controller('settings/confirm')
@OpenToRestricted()
export class PasskeyConfirmController {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly ways: PasskeyWays,
    private readonly ceremonies: Ceremonies,
    private readonly factors: SecondFactors,
    private readonly sessions: LoginSession,
    private readonly step: ConfirmStep,
  ) {}

  @Post('passkey/options')
  @HttpCode(200)
  @NotSensitive('It keeps a challenge.')
  options(@CurrentUser() user: SignedInUser): Promise<object> {
    return this.ceremonies.request(placeOf(user), this.ways.usable(user));
  }

  @Post('passkey')
  @NotSensitive('It is the re-authentication itself.')
  @Form(async (_, request) => new Page('auth/confirm', { values: { next: nextOf(request) } }))
  async confirm(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body() { passkey, next }: PasskeyForm,
  ): Promise<SeeOther> {
    const failed = (_: string | null, reason: string) =>
      new ReauthenticationFailed(user.id, request.path, reason);
    const used = await this.passkeys.use(placeOf(user), passkey, user, failed);
    const { session } = user;
    // One that asked its person for nothing is no second factor beside itself.
    const isBoth = used.isTwoFactors || !this.factors.isAsked(user, PASSKEY);
    const by = isBoth ? 'both' : 'way-in';
    await this.sessions.reauthenticated(request, { ...used.user, session }, PASSKEY, by);
    const to = returnPath(next) ?? '/settings';
    return isBoth
      ? new SeeOther(to).with('success', 'confirmed')
      : new SeeOther(leadingTo(to, '/settings/confirm/second-step'));
  }

  @Get('second-step/passkey')
  async showStep(@Req() request: Request, @Query('next') next?: string): Promise<Page | SeeOther> {
    const page = this.step.page(request, 'auth/second-step-passkey', PASSKEY, next);
    if (page instanceof SeeOther) return page;
    // Behind the guard of signed-in people.
    const user = request.user as SignedInUser;
    const options = await this.ceremonies.request(stepOf(user), this.ways.usable(user));
    return page.with({ options: JSON.stringify(options) });
  }

  @Post('second-step/passkey')
  @NotSensitive('It is a part of the re-authentication.')
  @Form<PasskeyConfirmController>((controller, request) =>
    controller.showStep(request, nextOf(request) ?? undefined),
  )
  async takeStep(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body() { passkey, next }: PasskeyForm,
  ): Promise<SeeOther> {
    // Asked as the page is: after itself a passkey is no second factor.
    const page = this.step.page(request, 'auth/second-step-passkey', PASSKEY, next);
    if (page instanceof SeeOther) return page;
    const failed = (_: string | null, reason: string) =>
      new SecondStepFailed(user.id, PASSKEY, reason);
    const { user: verified } = await this.passkeys.use(stepOf(user), passkey, user, failed);
    return this.step.taken(request, user, verified, PASSKEY, next);
  }
}

function placeOf({ id, session }: SignedInUser): Place {
  return { ceremony: 'confirm', holder: `${id} ${session.id}` };
}

function stepOf(user: SignedInUser): Place {
  return { ...placeOf(user), ceremony: 'second step' };
}
