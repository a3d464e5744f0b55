import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { LoginSession } from '../../auth/session/login-session.js';
import { SeeOther } from '../../core/pages/page.js';
import type { Arrived } from './identities.service.js';

/** Lets people in who came by a provider. */
@Injectable()
export class Arrivals {
  constructor(private readonly sessions: LoginSession) {}

  /**
   * @param how the provider's id
   * @param next where they wanted to go, vetted
   */
  async welcome(
    request: Request,
    arrived: Arrived,
    how: string,
    next: string | null,
  ): Promise<SeeOther> {
    if (arrived.kind === 'waiting') {
      // What waits can become a login.
      await this.sessions.startAnonymous(request);
      request.session.pendingLink = arrived.waiting;
      return new SeeOther('/connect');
    }
    const { kind, user } = arrived;
    const greeting = kind === 'registered' ? 'username-given' : 'welcome';
    return this.sessions.completeLogin(request, user, { how, greeting, next });
  }
}
