import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { DomainError, TooBusy, TooManyAttempts } from '../../core/domain-error.js';
import { RefusedForm } from '../../core/forms/csrf.guard.js';
import { ErrorPages } from '../../core/pages/error-pages.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { Pages } from '../../core/pages/pages.js';
import { leadingTo } from '../../core/pages/return-path.js';
import { Browser } from '../../core/one-time/browser.js';
import type { Flow } from './flow.js';
import { DeniedAtProvider, FlowFailed } from './flow.errors.js';

/** Brings a person whose flow came to nothing back to where it started, and says why. */
@Injectable()
@Catch(DomainError)
export class FlowRefusedFilter implements ExceptionFilter {
  constructor(
    private readonly pages: Pages,
    private readonly errorPages: ErrorPages,
    private readonly browser: Browser,
  ) {}

  async catch(error: DomainError, host: ArgumentsHost): Promise<void> {
    const request = host.switchToHttp().getRequest<Request>();
    const isLimit = error instanceof TooManyAttempts || error instanceof TooBusy;
    const flow = error instanceof FlowFailed ? error.flow : null;
    if (isLimit || error instanceof RefusedForm) {
      return this.errorPages.answer(error, request, startOf(flow, request));
    }
    try {
      if (request.user || this.browser.idOf(request) !== null) {
        // Who changed their mind needs no alarm.
        const kind = error instanceof DeniedAtProvider ? 'info' : 'danger';
        this.pages.redirect(request, new SeeOther(startOf(flow, request)).because(error, kind));
      } else {
        // A browser that started nothing here gets no cookie by it.
        const cookiesMissing = request.get('cookie') === undefined;
        const page = new Page('oauth/flow-refused', { cookiesMissing }, 400);
        request.res?.send(this.pages.render(request, page));
      }
    } catch (fault) {
      await this.errorPages.answer(fault, request);
    }
  }
}

function startOf(flow: Flow | null, request: Request): string {
  if (flow?.intent === 'inspect') return '/development/oauth';
  if (!request.user) return leadingTo(flow?.next ?? null, '/login');
  if (flow?.intent === 'reauthenticate' && flow.next !== null) {
    return leadingTo(flow.next, '/settings/confirm');
  }
  return '/settings/identities';
}
