import {
  type CanActivate,
  Controller,
  Get,
  Injectable,
  NotFoundException,
  Param,
  Post,
  Req,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { Request } from 'express';
import { CoreSettings } from '../../core/config/core.settings.js';
import { Page } from '../../core/pages/page.js';
import { Public } from '../../core/pages/public.decorator.js';
import { FlowStarter } from '../flow/flow-starter.js';
import { FlowRefusedFilter } from '../flow/flow-refused.filter.js';
import { DevelopmentStub } from './development-stub.js';

/** Outside development mode there is nothing here (ASVS 15.2.3). */
@Injectable()
class DevelopmentOnly implements CanActivate {
  constructor(private readonly settings: CoreSettings) {}

  canActivate(): boolean {
    if (!this.settings.development) throw new NotFoundException();
    return true;
  }
}

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
