import { Controller, Get, Query, Req } from '@nestjs/common';
import type { Request } from 'express';
import type { SeeOther } from '../../core/pages/page.js';
import { OpenToRestricted } from '../../core/pages/public.decorator.js';
import { ConfirmStep } from './confirm-step.js';

/** Leads whoever has re-authenticated by a way in to the page of the second factor. */
@Controller('settings/confirm/second-step')
@OpenToRestricted()
export class ConfirmStepController {
  constructor(private readonly step: ConfirmStep) {}

  @Get()
  lead(@Req() request: Request, @Query('next') next?: string): SeeOther {
    return this.step.lead(request, next);
  }
}
