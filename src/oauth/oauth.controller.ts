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
import { Reauthenticated } from '../auth/reauthentication/reauthenticated.decorator.js';
import { Reauthentication } from '../auth/reauthentication/reauthentication.js';
import { LoginSession } from '../auth/session/login-session.js';
import { clientNetwork } from '../core/http/client-address.js';
import { Browser } from '../core/one-time/browser.js';
import { CurrentUser } from '../core/pages/current-user.decorator.js';
import { Page, SeeOther } from '../core/pages/page.js';
import { OpenToRestricted, Public } from '../core/pages/public.decorator.js';
import { returnPath } from '../core/pages/return-path.js';
import type { SignedInUser } from '../users/user.js';
import { IdentitiesService } from './accounts/identities.service.js';
import { ProviderLogin } from './accounts/provider-login.js';
import { AuthorizationFlow, type FlowOutcome } from './flow/authorization-flow.js';
import { FlowRefusedFilter } from './flow/flow-refused.filter.js';
import { FlowStarter } from './flow/flow-starter.js';
import { ProviderRegistry } from './providers/provider.registry.js';

const IDENTITIES = '/settings/identities';

/** Authorization flows: three that start here, and one callback for all. */
@Controller('oauth')
@UseFilters(FlowRefusedFilter)
export class OAuthController {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly starter: FlowStarter,
    private readonly flow: AuthorizationFlow,
    private readonly browser: Browser,
    private readonly login: ProviderLogin,
    private readonly identities: IdentitiesService,
    private readonly sessions: LoginSession,
    private readonly reauthentication: Reauthentication,
  ) {}

  /** Log in, or register. */
  @Public()
  @Post(':provider')
  async startLogin(
    @Param('provider') id: string,
    @Req() request: Request,
    @Body('next') asked?: string,
    @Body('remember') remember?: string,
  ): Promise<Page | SeeOther> {
    const next = returnPath(asked);
    if (request.user) return new SeeOther(next ?? '/');
    return this.starter.start(request, id, 'login', { next, remember: remember !== undefined });
  }

  /** Link the identity to the account of the person signed in. */
  @Post(':provider/link')
  @Reauthenticated({ page: IDENTITIES })
  startLink(@Param('provider') id: string, @Req() request: Request): Promise<Page> {
    return this.starter.start(request, id, 'link');
  }

  /** Re-authenticate the person signed in. */
  @Post(':provider/confirm')
  @OpenToRestricted()
  startReauthentication(
    @Param('provider') id: string,
    @Req() request: Request,
    @Body('next') next?: string,
  ): Promise<Page> {
    return this.starter.start(request, id, 'reauthenticate', { next: returnPath(next) });
  }

  /** The provider, or anybody, sends the browser here: what it means stands in the flow alone. */
  @Public()
  @OpenToRestricted()
  @Get(':provider/callback')
  async callback(
    @Param('provider') id: string,
    @Req() request: Request,
    @CurrentUser() user: SignedInUser | undefined,
  ): Promise<Page | SeeOther> {
    const active = this.registry.get(id);
    // Express takes HEAD for GET: what only looks must not spend the flow.
    if (request.method === 'HEAD') throw new MethodNotAllowedException();
    const whose = { browserId: this.browser.idOf(request), userId: user?.id ?? null };
    const callback = await this.flow.receive(active, request.query, whose);
    const { intent } = callback.flow;
    // The flow may have begun ten minutes ago, and the account changes now. Asked before the code is
    // redeemed, since some providers give a token that can be revoked the first time only.
    if (intent === 'link') this.reauthentication.demand(request, IDENTITIES);
    const outcome = await this.flow.redeem(active, callback);
    if (intent === 'inspect') return inspected(outcome);
    if (!user) {
      const login = await this.identities.logIn(outcome, clientNetwork(request), callback.flow);
      return this.login.complete(request, login, id, callback.flow);
    }
    return intent === 'link'
      ? this.linked(request, user, outcome, active.provider.label)
      : this.reauthenticated(request, user, outcome);
  }

  private async linked(
    request: Request,
    user: SignedInUser,
    outcome: FlowOutcome,
    provider: string,
  ): Promise<SeeOther> {
    await this.sessions.renew(request, user, (sessions) =>
      this.identities.link(user, outcome, sessions),
    );
    return new SeeOther(IDENTITIES).with('success', 'linked', { provider });
  }

  private async reauthenticated(
    request: Request,
    user: SignedInUser,
    outcome: FlowOutcome,
  ): Promise<SeeOther> {
    const { provider, next } = outcome.flow;
    await this.identities.reauthenticate(user, outcome);
    await this.sessions.reauthenticated(request, user, provider);
    return new SeeOther(next ?? '/settings').with('success', 'confirmed');
  }
}

function inspected({ identity, profile, answer }: FlowOutcome): Page {
  return new Page('development/profile', {
    profile: JSON.stringify({ provider: identity.provider, ...profile }, null, 2),
    answer: JSON.stringify(answer, null, 2),
  });
}
