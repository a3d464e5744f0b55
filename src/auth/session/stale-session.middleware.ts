import type { Request, RequestHandler } from 'express';
import type { CoreSettings } from '../../core/config/core.settings.js';
import { cookieOf } from '../../core/http/cookies.js';
import { sessionCookie } from './session-cookie.js';

/** Drops a session whose person is gone or was signed out everywhere, and the cookie of one that is no more. */
export function endStaleSession(settings: CoreSettings): RequestHandler {
  const { name, options } = sessionCookie(settings);
  return (request, response, next) => {
    // Passport has emptied its part of the session when nobody came back from it.
    const stale = request.session.passport !== undefined && request.user === undefined;
    if (stale || isLeftOver(request, name)) response.clearCookie(name, options);
    if (stale) request.session.regenerate(next);
    else next();
  };
}

// express-session makes a new id when the one in the cookie leads to nothing.
function isLeftOver(request: Request, name: string): boolean {
  const cookie = cookieOf(request, name);
  return cookie !== null && !cookie.includes(request.sessionID);
}
