import { Body, Controller, Get, Post, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import { Form } from '../../core/forms/form.decorator.js';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { NotSensitive } from '../../core/pages/not-sensitive.decorator.js';
import type { Page, SeeOther } from '../../core/pages/page.js';
import { OpenToRestricted } from '../../core/pages/public.decorator.js';
import { nextOf } from '../../core/pages/return-path.js';
import type { SignedInUser } from '../../users/user.js';
import { ConfirmStep } from '../reauthentication/confirm-step.js';
import { TotpConfirmForm } from './totp.form.js';
import { TOTP, TotpService } from './totp.service.js';

/** The second step of a re-authentication by an authenticator app. */
@Controller('settings/confirm/second-step/authenticator')
@OpenToRestricted()
export class TotpConfirmController {
  constructor(
    private readonly totp: TotpService,
    private readonly step: ConfirmStep,
  ) {}

  @Get()
  show(@Req() request: Request, @Query('next') next?: string): Page | SeeOther {
    return this.step.page(request, 'auth/second-step', TOTP, next);
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
    const elsewhere = this.step.elsewhere(request, next);
    if (elsewhere) return elsewhere;
    const verified = await this.totp.verify(user, totp);
    return this.step.taken(request, user, verified, TOTP, next);
  }
}
