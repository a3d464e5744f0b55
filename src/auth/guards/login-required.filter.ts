import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { Request } from 'express';
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
    // After a POST the page that held the form is asked for, not the change itself.
    const [page, next] =
      error instanceof ProofRequired
        ? ['/settings/confirm', error.next]
        : ['/login', request.originalUrl];
    request.res?.redirect(303, `${page}?next=${encodeURIComponent(next)}`);
  }
}
