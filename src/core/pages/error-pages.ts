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
import { StaleForm } from './csrf.guard.js';
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

/** Says that something went wrong: plainly, without a word of the cause; a fault of ours with the request's id. */
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
    // An answer that changed its mind keeps nothing of the first one.
    response.removeHeader('location');
    response.status(status).set({ 'cache-control': 'no-store', ...headers });
    const requestId = String(response.locals['requestId'] ?? '');
    const away = isOutage(error);
    if (request.accepts('html', 'json') === 'json') {
      if (away) leaveSession(request);
      response.json({ status, requestId });
      return;
    }
    const known = PAGES.includes(status) ? status : status < 500 ? 400 : 500;
    const isStale = error instanceof StaleForm;
    const code = isStale ? 'stale-form' : known;
    const passes = isStale || status === 429 || status >= 500;
    const data = {
      sentence: sentenceOf(error, code),
      again: passes ? pageToTry(request, form) : null,
      // A page that was asked for comes by itself as soon as it can.
      retry: status === 503 && request.method === 'GET',
      // A mistyped address or an old form is nothing that support would have to look up.
      reference: status >= 500 ? requestId : null,
      // Nobody knows who is there: "Log in" would be wrong for most.
      neutral: !request.user && (away || !request.session),
      // An error says nothing about the section that its path lies in.
      section: null,
    };
    const page = new Page('core/error', data, status, `error-${code}`);
    const document = await this.document(request, page, away);
    if (away) leaveSession(request);
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
    if (error instanceof StaleForm) return plain(403);
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

  /** Writes to the log why an answer is no good one, when it is not the person's doing. */
  note(error: unknown, status: number): void {
    if (status < 500) return;
    if (status !== 503 || isOutage(error)) return this.log.fault(error);
    // Nothing is broken, so where it was thrown tells nothing.
    const cause = error instanceof Error ? error.message : String(error);
    this.log.event('unavailable', { level: 'warn', cause });
  }

  private async document(request: Request, page: Page, away: boolean): Promise<string> {
    try {
      return away ? this.pages.draw(request, page) : await this.pages.render(request, page);
    } catch (fault) {
      // The layout or the session store is what fails: a page that needs neither.
      this.log.fault(fault);
      if (isOutage(fault)) leaveSession(request);
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
  return error instanceof DomainError && !(error instanceof StaleForm)
    ? { key: `errors.${error.code}`, params: error.params }
    : { key: `error-pages.${code}` };
}

function pageToTry(request: Request, form: string | null): string | null {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return returnPath(isRead ? request.originalUrl : (pageOfForm(request) ?? form));
}

// express-session would store it before the answer's end, and the person wait once more for a
// database that is away.
function leaveSession(request: Request): void {
  Reflect.deleteProperty(request, 'session');
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
