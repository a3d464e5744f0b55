import { Controller, Get, Post, Req, UseFilters } from '@nestjs/common';
import type { Request } from 'express';
import { LoginSession } from '../auth/session/login-session.js';
import { Proof } from '../auth/reauthentication/reauthentication.js';
import type { PendingLink } from './accounts/pending-link.js';
import { clientNetwork } from '../core/http/client-address.js';
import { CurrentUser } from '../core/pages/current-user.decorator.js';
import { Page, SeeOther } from '../core/pages/page.js';
import { Public } from '../core/pages/public.decorator.js';
import { holdsSomething } from '../core/pages/notices.js';
import { canonicalEmail } from '../users/email-address.js';
import type { User } from '../users/user.js';
import { UsersService } from '../users/users.service.js';
import { Arrivals } from './accounts/provider-login.js';
import { shownWays } from './accounts/shown-ways.js';
import { ProviderRegistry } from './providers/provider.registry.js';
import { IdentitiesService } from './accounts/identities.service.js';
import { FlowRefusedFilter } from './flow/flow-refused.filter.js';

/**
 * Where somebody comes out whose proved address belongs to an account here: they log in to that
 * account in any of its own ways, then agree that the two belong together.
 */
@Controller('connect')
@UseFilters(FlowRefusedFilter)
export class PendingLinkController {
  constructor(
    private readonly users: UsersService,
    private readonly service: IdentitiesService,
    private readonly registry: ProviderRegistry,
    private readonly sessions: LoginSession,
    private readonly proof: Proof,
    private readonly arrivals: Arrivals,
  ) {}

  @Public()
  @Get()
  async show(
    @Req() request: Request,
    @CurrentUser() user: User | undefined,
  ): Promise<Page | SeeOther> {
    const waiting = this.waitingAt(request, user);
    if (!waiting) return this.gone(request);
    const provider = this.registry.labelOf(waiting.provider);
    const { email } = waiting;
    if (user) return new Page('oauth/link', { provider, email });
    const account = await this.users.findById(waiting.userId);
    // The address may have left that account meanwhile.
    const holder = account?.email !== undefined && isSame(account.email, email) ? account : null;
    return new Page('oauth/pending-link', {
      provider,
      email,
      ways: holder ? shownWays(holder, this.registry).filter(({ opens }) => opens) : [],
      // An address that the account never proved can go to the person who proved it now.
      mayBeNew: holder?.emailVerifiedAt === undefined,
    });
  }

  @Post()
  async connect(@Req() request: Request, @CurrentUser() user: User): Promise<SeeOther> {
    const waiting = this.waitingAt(request, user);
    if (!waiting) return this.gone(request);
    this.proof.demandFresh(request, '/connect');
    const changed = await this.service.connect(user, waiting);
    delete request.session.pendingLink;
    await this.sessions.renew(request, changed);
    const provider = this.registry.labelOf(waiting.provider);
    return new SeeOther(waiting.next ?? '/settings/identities').with('success', 'linked', {
      provider,
    });
  }

  /** "This is not my account, make a new one." */
  @Public()
  @Post('new')
  async makeNew(@Req() request: Request, @CurrentUser() user: User | undefined): Promise<SeeOther> {
    const waiting = this.waitingAt(request, user);
    if (!waiting || user) return this.gone(request);
    const arrived = await this.service.arriveAnew(waiting, clientNetwork(request));
    delete request.session.pendingLink;
    return this.arrivals.welcome(request, arrived, waiting.provider, waiting.next);
  }

  @Public()
  @Post('cancel')
  async cancel(@Req() request: Request): Promise<SeeOther> {
    const { pendingLink } = request.session;
    delete request.session.pendingLink;
    if (pendingLink) await this.service.decline(pendingLink);
    return new SeeOther(request.user ? '/settings/identities' : '/login');
  }

  // Signed in, only the account that has the address may be connected.
  private waitingAt(request: Request, user: User | undefined): PendingLink | null {
    const { pendingLink = null } = request.session;
    return user && pendingLink?.userId !== user.id ? null : pendingLink;
  }

  private gone(request: Request): SeeOther {
    const to = new SeeOther(request.user ? '/settings/identities' : '/login');
    // Whoever has no session had nothing waiting either.
    return holdsSomething(request.session) ? to.with('warning', 'pending-link-gone') : to;
  }
}

function isSame(one: string, other: string): boolean {
  return canonicalEmail(one) === canonicalEmail(other);
}
