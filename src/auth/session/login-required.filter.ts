import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { isPage } from '../../core/http/allowed-methods.js';
import { LoginRequired, ProofRequired } from '../auth.errors.js';

/**
 * Sends people to the page where they show who they are, the login page when they are not signed in;
 * it brings them back afterwards.
 */
@Injectable()
@Catch(LoginRequired, ProofRequired)
export class LoginRequiredFilter implements ExceptionFilter {
  catch(error: LoginRequired | ProofRequired, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    if (request.accepts('html', 'json') === 'json') {
      request.res?.status(401).json({ status: 401 });
      return;
    }
    if (error instanceof ProofRequired) back(request, '/settings/confirm', error.next);
    // After a POST the page that held the form is asked for, not the change itself.
    else back(request, '/login', isPage(request) ? request.originalUrl : null);
  }
}

function back(request: Request, page: string, next: string | null): void {
  const query = next === null ? '' : `?next=${encodeURIComponent(next)}`;
  request.res?.redirect(303, page + query);
}
