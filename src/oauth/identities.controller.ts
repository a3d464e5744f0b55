import { Controller, Get, Param, Post, Req, UseFilters } from '@nestjs/common';
import type { Request } from 'express';
import { Reauthenticated } from '../auth/reauthentication/reauthenticated.decorator.js';
import { LoginSession } from '../auth/session/login-session.js';
import { CurrentUser } from '../core/pages/current-user.decorator.js';
import { Page, SeeOther } from '../core/pages/page.js';
import type { SignedInUser, User } from '../users/user.js';
import { WaysIn } from '../users/ways-in.js';
import { IdentitiesService } from './accounts/identities.service.js';
import { FlowRefusedFilter } from './flow/flow-refused.filter.js';
import { ProviderRegistry } from './providers/provider.registry.js';

/** The ways into the account, and what would still open it without each. */
@Controller('settings/identities')
@UseFilters(FlowRefusedFilter)
export class IdentitiesController {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly identities: IdentitiesService,
    private readonly waysIn: WaysIn,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  show(@CurrentUser() user: User): Page {
    const opening = this.waysIn.opening(user);
    const ways = this.waysIn
      .of(user)
      // Nobody misses a provider that the site does not offer.
      .filter(({ since, available }) => since !== null || available)
      .map((way) => {
        const remaining = opening.filter(({ id }) => id !== way.id);
        return { ...way, remaining, last: remaining.length === 0 };
      })
      .toSorted((one, other) => Number(other.since !== null) - Number(one.since !== null));
    return new Page('oauth/identities', { ways });
  }

  @Post(':provider/unlink')
  @Reauthenticated({ page: '/settings/identities' })
  async unlink(
    @Param('provider') id: string,
    @Req() request: Request,
    @CurrentUser() user: SignedInUser,
  ): Promise<SeeOther> {
    const provider = this.registry.labelOf(id);
    // Whoever came in by it is out, too.
    const changed = await this.sessions.renewAlone(request, user, (sessions) =>
      this.identities.unlink(user, id, sessions),
    );
    const to = new SeeOther('/settings/identities');
    if (!changed) return to.with('info', 'not-linked', { provider });
    return to.with('success', 'unlinked', { provider });
  }
}
