import { Body, Controller, Get, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../core/forms/form.decorator.js';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { OpenToRestricted } from '../../core/pages/public.decorator.js';
import { leadingTo, nextOf, returnPath } from '../../core/pages/return-path.js';
import type { SignedInUser } from '../../users/user.js';
import { Reauthentication } from '../reauthentication/reauthentication.js';
import { LoginSession } from '../session/login-session.js';
import { TotpConfirmForm } from './totp.form.js';
import { TOTP, TotpService } from './totp.service.js';

/** Where a person who re-authenticated by a way in shows the second factor as well. */
@Controller('settings/confirm/second-step')
@OpenToRestricted()
export class TotpConfirmController {
  constructor(
    private readonly totp: TotpService,
    private readonly reauthentication: Reauthentication,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  show(@Req() request: Request, @Query('next') next?: string): Page | SeeOther {
    return this.elsewhere(request, next) ?? pageFor(request, next);
  }

  @Post()
  @NotSensitive('It is a part of the re-authentication.')
  @Form<TotpConfirmController>(async (controller, request) =>
    controller.show(request, nextOf(request) ?? undefined),
  )
  async confirm(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body() { totp, next }: TotpConfirmForm,
  ): Promise<SeeOther> {
    // A session that was taken must not use up the owner's tries.
    const elsewhere = this.elsewhere(request, next);
    if (elsewhere) return elsewhere;
    const verified = await this.totp.verify(user, totp);
    const { session } = user;
    await this.sessions.reauthenticated(request, { ...verified, session }, TOTP, 'factor');
    return new SeeOther(returnPath(next) ?? '/settings').with('success', 'confirmed');
  }

  private elsewhere(request: Request, next: unknown): SeeOther | null {
    if (this.reauthentication.isRepeated(request)) {
      return new SeeOther(returnPath(next) ?? '/settings');
    }
    return this.reauthentication.lacksFactorAlone(request)
      ? null
      : new SeeOther(leadingTo(returnPath(next), '/settings/confirm'));
  }
}

function pageFor({ user }: Request, next: unknown): Page {
  const { totp } = user as SignedInUser;
  return new Page('auth/confirm-second-step', { values: { next }, hasApp: totp !== undefined });
}
