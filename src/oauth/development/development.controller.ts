import { Controller, Get, Param, Post, Req, UseFilters, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { DevelopmentOnly } from '../../core/pages/development-only.guard.js';
import { Page } from '../../core/pages/page.js';
import { Public } from '../../core/pages/public.decorator.js';
import { FlowStarter } from '../flow/flow-starter.js';
import { FlowRefusedFilter } from '../flow/flow-refused.filter.js';
import { DevelopmentStub } from './development-stub.js';

/** Runs a provider's authorization flow and shows what it says about a person; no account is touched. */
@Public()
@Controller('development/oauth')
@UseGuards(DevelopmentOnly)
@UseFilters(FlowRefusedFilter)
export class DevelopmentController {
  constructor(
    private readonly flows: FlowStarter,
    private readonly stub: DevelopmentStub,
  ) {}

  @Get()
  show(): Page {
    return new Page('development/providers', { stub: this.stub.stub !== null });
  }

  @Post(':provider')
  inspect(@Param('provider') id: string, @Req() request: Request): Promise<Page> {
    return this.flows.start(request, id, 'inspect');
  }
}
