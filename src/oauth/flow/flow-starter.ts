import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { MINUTE } from '../../core/clock.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { Browser } from '../../core/one-time/browser.js';
import { Page } from '../../core/pages/page.js';
import type { Limit } from '../../core/throttle/limit.js';
import { Throttle } from '../../core/throttle/throttle.js';
import type { User } from '../../users/user.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { AuthorizationFlow } from './authorization-flow.js';
import type { Flow, Intent } from './flow.js';

/** Each start stores a record for ten minutes: bounded, at a rate that a shared address does not reach. */
const STARTS: Limit = { name: 'oauth-address', tries: 120, window: 10 * MINUTE };

/** Sends people to providers. */
@Injectable()
export class FlowStarter {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly flow: AuthorizationFlow,
    private readonly browser: Browser,
    private readonly throttle: Throttle,
  ) {}

  /**
   * @param wanted where to go afterwards, vetted, and whether to keep the person logged in
   * @returns a page that goes on by itself: `form-action 'self'` stops the redirect of a form to
   *   another site, as it should
   * @throws NotFoundException for a provider that is not configured, TooManyAttempts
   */
  async start(
    request: Request,
    providerId: string,
    intent: Intent,
    { next = null, remember = false }: Partial<Pick<Flow, 'next' | 'remember'>> = {},
  ): Promise<Page> {
    const active = this.registry.get(providerId);
    await this.throttle.consume(STARTS, clientNetwork(request));
    const userId = (request.user as User | undefined)?.id ?? null;
    const flow = { provider: providerId, intent, userId, next, remember };
    const url = await this.flow.start(active, flow, this.browser.identify(request));
    return new Page('oauth/to-provider', { refresh: url, provider: active.provider.label });
  }
}
