import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { LoginSession } from '../../auth/session/login-session.js';
import { SeeOther } from '../../core/pages/page.js';
import type { Flow } from '../flow/flow.js';
import type { IdentityOutcome } from './identity-outcome.js';
import { PendingLinks } from './pending-links.js';

/** Lets people in who came by a provider. */
@Injectable()
export class ProviderLogin {
  constructor(
    private readonly sessions: LoginSession,
    private readonly pendingLinks: PendingLinks,
  ) {}

  /**
   * @param provider its id
   * @param wanted where they wanted to go, vetted, and whether to be kept logged in
   */
  async complete(
    request: Request,
    outcome: IdentityOutcome,
    provider: string,
    { next, remember }: Pick<Flow, 'next' | 'remember'>,
  ): Promise<SeeOther> {
    if (outcome.kind === 'pending') {
      await this.pendingLinks.keep(request, outcome.link);
      return new SeeOther('/pending-link');
    }
    const isFirst = outcome.kind === 'registered';
    const greeting = isFirst ? 'username-given' : 'welcome';
    const login = { method: provider, greeting, isFirst, remember, next };
    return (await this.sessions.completeLogin(request, outcome.user, login)).next;
  }
}
