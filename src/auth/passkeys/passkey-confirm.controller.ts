import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../core/forms/form.decorator.js';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { OpenToRestricted } from '../../core/pages/public.decorator.js';
import { leadingTo, nextOf, returnPath } from '../../core/pages/return-path.js';
import { SecondFactors } from '../../users/factors/second-factors.js';
import type { SignedInUser } from '../../users/user.js';
import { LoginSession } from '../session/login-session.js';
import { ReauthenticationFailed } from '../session/session.events.js';
import { Ceremonies, type Place } from './ceremonies.js';
import { PasskeyForm } from './passkey.form.js';
import { PASSKEY, PasskeyWays } from './passkey-ways.js';
import { PasskeysService } from './passkeys.service.js';

/** Re-authentication by a passkey of the account. */
@Controller('settings/confirm/passkey')
@OpenToRestricted()
export class PasskeyConfirmController {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly ways: PasskeyWays,
    private readonly ceremonies: Ceremonies,
    private readonly factors: SecondFactors,
    private readonly sessions: LoginSession,
  ) {}

  @Post('options')
  @HttpCode(200)
  @NotSensitive('It keeps a challenge.')
  options(@CurrentUser() user: SignedInUser): Promise<object> {
    return this.ceremonies.request(placeOf(user), this.ways.usable(user));
  }

  @Post()
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
}

function placeOf({ id, session }: SignedInUser): Place {
  return { ceremony: 'confirm', holder: `${id} ${session.id}` };
}
