import type { Request, RequestHandler } from 'express';
import type { Clock } from '../../core/clock.js';
import type { CoreSettings } from '../../core/config/core.settings.js';
import { sessionCookie } from './session-cookie.js';

/**
 * Drops a session whose person is gone or was signed out everywhere, the cookie of a session that is
 * no more, and a waiting link that nobody agreed to in time, with its token.
 */
export function endStaleSession(settings: CoreSettings, clock: Clock): RequestHandler {
  const { name, options } = sessionCookie(settings);
  return (request, response, next) => {
    // Passport has emptied its part of the session when nobody came back from it.
    const stale = request.session.passport !== undefined && request.user === undefined;
    if (stale || isLeftOver(request, name)) response.clearCookie(name, options);
    const { waitingLink } = request.session;
    // Asked this way round, an end that can't be read has passed.
    const inTime = waitingLink && waitingLink.expiresAt > clock.now();
    if (waitingLink && !inTime) delete request.session.waitingLink;
    if (stale) request.session.regenerate(next);
    else next();
  };
}

// express-session makes a new id when the one in the cookie leads to nothing.
function isLeftOver(request: Request, name: string): boolean {
  const cookies = request.get('cookie') ?? '';
  return cookies.includes(`${name}=`) && !cookies.includes(request.sessionID);
}
