import type { RequestHandler } from 'express';
import type { AppConfig } from '../../core/config/app-config.js';
import { sessionCookie } from '../../core/session/session-cookie.js';

/** Drops a session whose person is gone or was signed out everywhere, with its cookie. */
export function endStaleSession(config: AppConfig): RequestHandler {
  const { name, options } = sessionCookie(config);
  return (request, response, next) => {
    // Passport has emptied its part of the session when nobody came back from it.
    const stale = request.session.passport !== undefined && request.user === undefined;
    if (!stale) return next();
    response.clearCookie(name, options);
    request.session.regenerate(next);
  };
}
