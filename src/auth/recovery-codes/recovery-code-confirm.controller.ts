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
import { RecoveryCodeForm } from './recovery-codes.form.js';
import { RECOVERY_CODE, RecoveryCodesService } from './recovery-codes.service.js';

/** The second step of a re-authentication by a recovery code. */
@Controller('settings/confirm/second-step/recovery-code')
@OpenToRestricted()
export class RecoveryCodeConfirmController {
  constructor(
    private readonly codes: RecoveryCodesService,
    private readonly step: ConfirmStep,
  ) {}

  @Get()
  show(@Req() request: Request, @Query('next') next?: string): Page | SeeOther {
    return this.step.page(request, 'auth/second-step-recovery-code', RECOVERY_CODE, next);
  }

  @Post()
  @NotSensitive('It is a part of the re-authentication.')
  @Form<RecoveryCodeConfirmController>(async (controller, request) =>
    controller.show(request, nextOf(request) ?? undefined),
  )
  async confirm(
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
    @Body() { recoveryCode, next }: RecoveryCodeForm,
  ): Promise<SeeOther> {
    const elsewhere = this.step.elsewhere(request, next);
    if (elsewhere) return elsewhere;
    const verified = await this.codes.verify(user, recoveryCode);
    const to = await this.step.taken(request, user, verified, RECOVERY_CODE, next);
    const left = verified.recoveryCodes?.hashes.length ?? 0;
    return to.with('info', 'recovery-code-used', { left });
  }
}
