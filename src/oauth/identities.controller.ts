import { Controller, Get, Param, Post, Req, UseFilters } from '@nestjs/common';
import type { Request } from 'express';
import { LoginSession } from '../auth/session/login-session.js';
import { Proof } from '../auth/reauthentication/reauthentication.js';
import { CurrentUser } from '../core/pages/current-user.decorator.js';
import { Page, SeeOther } from '../core/pages/page.js';
import type { User } from '../users/user.js';
import { ProviderRegistry } from './providers/provider.registry.js';
import { IdentitiesService } from './accounts/identities.service.js';
import { FlowRefusedFilter } from './flow/flow-refused.filter.js';

/** The ways into the account, and their links to accounts elsewhere. */
@Controller('settings/identities')
@UseFilters(FlowRefusedFilter)
export class IdentitiesController {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly service: IdentitiesService,
    private readonly sessions: LoginSession,
    private readonly proof: Proof,
  ) {}

  @Get()
  show(): Page {
    return new Page('oauth/identities');
  }

  @Post(':provider/unlink')
  async unlink(
    @Param('provider') id: string,
    @Req() request: Request,
    @CurrentUser() user: User,
  ): Promise<SeeOther> {
    const provider = this.registry.labelOf(id);
    this.proof.demandFresh(request, '/settings/identities');
    const changed = await this.service.unlink(user, id);
    const to = new SeeOther('/settings/identities');
    if (!changed) return to.with('info', 'not-linked', { provider });
    // Whoever came in by it is out, too.
    await this.sessions.renewAlone(request, changed);
    return to.with('success', 'unlinked', { provider });
  }
}
