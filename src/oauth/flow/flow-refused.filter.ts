import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { LoginFailed } from '../../auth/auth.events.js';
import { DomainError, TooBusy, TooManyAttempts } from '../../core/domain-error.js';
import { Events } from '../../core/events.js';
import { StaleForm } from '../../core/pages/csrf.guard.js';
import { ErrorPages } from '../../core/pages/error-pages.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { Pages } from '../../core/pages/pages.js';
import { holdsSomething } from '../../core/pages/notices.js';
import type { User } from '../../users/user.js';
import type { Flow } from './flow.store.js';
import { FlowFailed } from './flow.errors.js';

/** Brings a person whose round trip came to nothing back to where it began, and says why. */
@Injectable()
@Catch(DomainError)
export class FlowRefusedFilter implements ExceptionFilter {
  constructor(
    private readonly pages: Pages,
    private readonly errorPages: ErrorPages,
    private readonly events: Events,
  ) {}

  async catch(error: DomainError, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<Request>();
    const isLimit = error instanceof TooManyAttempts || error instanceof TooBusy;
    if (isLimit || error instanceof StaleForm) return this.errorPages.answer(error, request);
    const door = String(request.params['provider'] ?? 'connect');
    await this.events.publish(new LoginFailed(signedIn(request)?.id ?? null, door, error.code));
    const flow = error instanceof FlowFailed ? error.flow : null;
    try {
      if (holdsSomething(request.session)) {
        await this.pages.redirect(request, new SeeOther(startOf(flow, request)).because(error));
        request.res?.end();
      } else {
        // A browser that began nothing here: a notice would make a session for every such request.
        request.res?.send(
          await this.pages.render(request, new Page('oauth/flow-refused', {}, 400)),
        );
      }
    } catch (fault) {
      await this.errorPages.answer(fault, request);
    }
  }
}

function signedIn({ user }: Request): User | undefined {
  return user as User | undefined;
}

function startOf(flow: Flow | null, request: Request): string {
  if (flow?.intent === 'inspect') return '/development/oauth';
  if (!request.user) return flow?.next ? `/login?next=${encodeURIComponent(flow.next)}` : '/login';
  if (flow?.intent === 'prove' && flow.next !== null) {
    return `/settings/confirm?next=${encodeURIComponent(flow.next)}`;
  }
  return '/settings/identities';
}
