import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { pageOfForm } from '../../core/http/allowed-methods.js';
import { leadingTo, nextOf, returnPath } from '../../core/pages/return-path.js';
import { LoginRequired } from './session.errors.js';

/** Sends people who are not signed in to the login page, which brings them back afterwards. */
@Injectable()
@Catch(LoginRequired)
export class LoginRequiredFilter implements ExceptionFilter {
  catch(_error: LoginRequired, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    // After a POST the page that held the form is asked for, not the change itself.
    const page = request.method === 'POST' ? pageOfForm(request) : request.originalUrl;
    askFirst(request, '/login', page && afterLogin(page, request));
  }
}

// A login that led to the page of the log-out or of the re-authentication would ask for one step more. The
// form behind a re-authentication asks for it again where the login is not enough.
function afterLogin(page: string, request: Request): string | null {
  if (page === '/logout') return null;
  const { pathname, searchParams } = new URL(page, 'http://base.invalid');
  if (!/^\/settings\/confirm(\/|$)/i.test(pathname)) return page;
  return returnPath(searchParams.get('next')) ?? nextOf(request);
}

/**
 * Answers with the page on which a person shows who they are; a client that wants JSON is told that
 * it must.
 *
 * @param next where that page leads afterwards
 */
export function askFirst(request: Request, page: string, next: string | null): void {
  if (request.accepts('html', 'json') === 'json') {
    request.res?.status(401).json({ status: 401 });
    return;
  }
  request.res?.redirect(303, leadingTo(next, page));
}
