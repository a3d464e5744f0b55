import {
  Body,
  Controller,
  Get,
  MethodNotAllowedException,
  Param,
  Post,
  Req,
  UseFilters,
} from '@nestjs/common';
import type { Request } from 'express';
import { PersonConfirmed } from '../auth/auth.events.js';
import { LoginSession } from '../auth/session/login-session.js';
import { Proof } from '../auth/reauthentication/reauthentication.js';
import { Events } from '../core/events.js';
import { clientNetwork } from '../core/http/client-address.js';
import { Page, SeeOther } from '../core/pages/page.js';
import { AnyQuery } from '../core/http/plain-input.guard.js';
import { CurrentUser } from '../core/pages/current-user.decorator.js';
import { Public } from '../core/pages/public.decorator.js';
import { returnPath } from '../core/pages/return-path.js';
import type { User } from '../users/user.js';
import { Arrivals } from './accounts/provider-login.js';
import { FlowStarter } from './flow/flow-starter.js';
import { AuthorizationFlow, type FlowOutcome } from './flow/authorization-flow.js';
import { ProviderRegistry } from './providers/provider.registry.js';
import { StaleFlow } from './flow/flow.errors.js';
import { IdentitiesService } from './accounts/identities.service.js';
import { FlowRefusedFilter } from './flow/flow-refused.filter.js';

/** The round trip to a provider: three ways to leave, one way back. */
@Controller('oauth')
@UseFilters(FlowRefusedFilter)
export class OAuthController {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly departures: FlowStarter,
    private readonly handshake: AuthorizationFlow,
    private readonly arrivals: Arrivals,
    private readonly service: IdentitiesService,
    private readonly sessions: LoginSession,
    private readonly proof: Proof,
    private readonly events: Events,
  ) {}

  /** Log in, or register. */
  @Public()
  @Post(':provider')
  async login(
    @Param('provider') id: string,
    @Req() request: Request,
    @Body('next') next?: string,
  ): Promise<Page | SeeOther> {
    if (request.user) return new SeeOther('/');
    return this.departures.start(request, id, 'login', returnPath(next));
  }

  /** Connect the identity to the account of the person signed in. */
  @Post(':provider/link')
  async link(@Param('provider') id: string, @Req() request: Request): Promise<Page> {
    this.proof.demandFresh(request, '/settings/identities');
    return this.departures.start(request, id, 'link', null);
  }

  /** Prove once more who is signed in. */
  @Post(':provider/confirm')
  async confirm(
    @Param('provider') id: string,
    @Req() request: Request,
    @Body('next') next?: string,
  ): Promise<Page> {
    return this.departures.start(request, id, 'prove', returnPath(next));
  }

  /** The provider, or anybody, sends the browser here: what it means stands in the flow alone. */
  @Public()
  @AnyQuery()
  @Get(':provider/callback')
  async callback(
    @Param('provider') id: string,
    @Req() request: Request,
    @CurrentUser() user: User | undefined,
  ): Promise<Page | SeeOther> {
    const active = this.registry.get(id);
    // Express takes HEAD for GET: what only looks must not spend the flow.
    if (request.method === 'HEAD') throw new MethodNotAllowedException();
    const callback = await this.handshake.receive(active, request.query, request.sessionID);
    const { flow } = callback;
    if (flow.userId !== (user?.id ?? null)) throw new StaleFlow(active.provider.label, flow);
    // The proof is asked for when the account changes, not only ten minutes before; and before the
    // code is redeemed, since some providers give the token that ends the grant only once.
    if (flow.intent === 'link') this.proof.demandFresh(request, '/settings/identities');
    const returned = await this.handshake.redeem(active, callback);
    if (flow.intent === 'inspect') return this.inspected(returned);
    if (!user) {
      const arrived = await this.service.arrive(returned, clientNetwork(request), flow.next);
      return this.arrivals.welcome(request, arrived, flow.provider, flow.next);
    }
    return flow.intent === 'link'
      ? this.linked(request, user, returned, active.provider.label)
      : this.proved(request, user, returned);
  }

  private async linked(
    request: Request,
    user: User,
    returned: FlowOutcome,
    provider: string,
  ): Promise<SeeOther> {
    const changed = await this.service.link(user, returned);
    // The ways in have changed: the session gets a new id (ASVS 7.2.4).
    await this.sessions.renew(request, changed);
    return new SeeOther('/settings/identities').with('success', 'linked', { provider });
  }

  private async proved(request: Request, user: User, returned: FlowOutcome): Promise<SeeOther> {
    await this.service.reauthenticate(user, returned);
    await this.sessions.confirm(request, user);
    await this.events.publish(new PersonConfirmed(user.id, returned.flow.provider));
    return new SeeOther(returned.flow.next ?? '/settings').with('success', 'confirmed');
  }

  private inspected({ profile, answer }: FlowOutcome): Page {
    return new Page('development/profile', {
      profile: JSON.stringify(profile, null, 2),
      answer: JSON.stringify(answer, null, 2),
    });
  }
}
