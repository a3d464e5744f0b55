import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { LoginRequired } from '../auth.errors.js';

/** Sends people who are not signed in to the login page, which brings them back afterwards. */
@Injectable()
@Catch(LoginRequired)
export class LoginRequiredFilter implements ExceptionFilter {
  catch(_error: LoginRequired, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    if (request.accepts('html', 'json') === 'json') {
      request.res?.status(401).json({ status: 401 });
      return;
    }
    // After a POST the page that held the form is asked for, not the change itself.
    request.res?.redirect(303, `/login?next=${encodeURIComponent(request.originalUrl)}`);
  }
}
