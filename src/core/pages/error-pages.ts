import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Injectable,
  NotFoundException,
} from '@nestjs/common';
import type { Request } from 'express';
import { isOutage } from '../database/outage.js';
import { DomainError, type Message, TooBusy, TooManyAttempts } from '../domain-error.js';
import { RefusedForm } from '../forms/csrf.guard.js';
import { allowedMethods, pageOfForm } from '../http/allowed-methods.js';
import { InvalidForm } from '../forms/invalid-form.js';
import { Log } from '../http/log.js';
import { Page } from './page.js';
import { Pages } from './pages.js';
import { currentRequest } from '../http/request-context.js';
import { returnPath } from './return-path.js';

interface Outcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The statuses that have a page of their own; another one is shown as the nearest of them. */
const PAGES = [400, 403, 404, 405, 413, 415, 429, 431, 500, 503];

/**
 * The pages that say that something went wrong. None names the cause; that of a fault of ours shows the
 * request's id.
 */
@Injectable()
export class ErrorPages {
  constructor(
    private readonly pages: Pages,
    private readonly log: Log,
  ) {}

  /**
   * Answers with the error's page, or with JSON where the client asks for it.
   *
   * @param form the page of the form that was sent, where its path does not tell
   */
  async answer(error: unknown, request: Request, form: string | null = null): Promise<void> {
    const response = request.res;
    if (!response || response.headersSent) return;
    const { status, headers } = this.statusOf(error, request);
    this.note(error, status);
    // A controller may have set Location before it failed.
    response.removeHeader('location');
    response.status(status).set({ 'cache-control': 'no-store', ...headers });
    const requestId = String(response.locals['requestId'] ?? '');
    if (request.accepts('html', 'json') === 'json') {
      response.json({ status, requestId });
      return;
    }
    const known = PAGES.includes(status) ? status : status < 500 ? 400 : 500;
    const refused = error instanceof RefusedForm;
    const code = refused ? error.code : known;
    const passes = refused || status === 429 || status >= 500;
    const data = {
      sentence: sentenceOf(error, code),
      again: passes ? pageToTry(request, form) : null,
      // A page that was asked for comes by itself as soon as it can.
      retry: status === 503 && request.method === 'GET',
      // A mistyped address or an old form is nothing that support would have to look up.
      reference: status >= 500 ? requestId : null,
      // Perhaps nobody could look who is there: "Log in" would be wrong for most.
      neutral: status >= 500 && !request.user,
      // An error page belongs to no section of the menu, whatever its path is.
      section: null,
    };
    const page = new Page('core/error', data, status, `error-${code}`);
    const document = this.document(request, page);
    // Two errors of one request, at the same time: the first has answered.
    if (!response.headersSent) response.send(document);
  }

  /** Answers the request that an error came from, when nobody waited for it. */
  async stray(error: unknown): Promise<void> {
    const request = currentRequest()?.request;
    if (!request?.res || request.res.headersSent) this.log.fault(error);
    else await this.answer(error, request).catch((fault: unknown) => this.log.fault(fault));
  }

  /** @returns the HTTP status for an error, and the headers that go with it */
  statusOf(error: unknown, request?: Request): Outcome {
    if (error instanceof TooManyAttempts) return later(429, error.retryAfter);
    if (error instanceof TooBusy) return later(503, error.retryAfter);
    if (error instanceof RefusedForm) return plain(403);
    if (error instanceof DomainError || error instanceof InvalidForm) return plain(422);
    if (isOutage(error)) return later(503, 5);
    if (error instanceof NotFoundException && request) {
      const allowed = allowedMethods(request);
      if (allowed.length > 0) return { status: 405, headers: { allow: allowed.join(', ') } };
    }
    if (error instanceof HttpException) {
      return error.getStatus() === 503 ? later(503, 5) : plain(error.getStatus());
    }
    const status = clientErrorStatus(error);
    return plain(status ?? 500);
  }

  /** Writes the cause of an error to the log, unless the person caused it. */
  note(error: unknown, status: number): void {
    if (status < 500) return;
    if (status !== 503 || isOutage(error)) return this.log.fault(error);
    // Nothing is broken, so no stack is needed.
    const cause = error instanceof Error ? error.message : String(error);
    this.log.event('unavailable', { level: 'warn', cause });
  }

  private document(request: Request, page: Page): string {
    try {
      return this.pages.render(request, page);
    } catch (fault) {
      // The layout is what fails: a page that does without.
      this.log.fault(fault);
      return `<!doctype html><html lang="en"><title>Error</title><h1>Something went wrong</h1><p>Please try again in a moment. Reference: ${String(request.res?.locals['requestId'])}</p></html>`;
    }
  }
}

/** The last filter: whatever no other place has answered. */
@Catch()
export class ErrorPageFilter implements ExceptionFilter {
  constructor(private readonly pages: ErrorPages) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    await this.pages.answer(error, host.switchToHttp().getRequest<Request>());
  }
}

function sentenceOf(error: unknown, code: string | number): Message {
  return error instanceof DomainError && !(error instanceof RefusedForm)
    ? { key: `errors.${error.code}`, params: error.params }
    : { key: `error-pages.${code}` };
}

function pageToTry(request: Request, form: string | null): string | null {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return returnPath(isRead ? request.originalUrl : (pageOfForm(request) ?? form));
}

function plain(status: number): Outcome {
  return { status, headers: {} };
}

function later(status: number, seconds: number): Outcome {
  return { status, headers: { 'retry-after': String(seconds) } };
}

// Express's middleware marks the client's mistakes (body too large, bad encoding) with a status.
function clientErrorStatus(error: unknown): number | null {
  const status: unknown = error instanceof Error ? Reflect.get(error, 'status') : null;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
