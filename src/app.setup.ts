import type { NestExpressApplication } from '@nestjs/platform-express';
import { CoreSettings } from './core/config/core.settings.js';
import { Database } from './core/database/database.js';
import { HttpSettings } from './core/http/http.settings.js';
import { limitBody } from './core/http/body-limit.middleware.js';
import { demandExactText } from './core/http/exact-text.js';
import { databaseGate } from './core/http/database-gate.middleware.js';
import { PageAdapter } from './core/pages/page.adapter.js';
import { Pages } from './core/pages/pages.js';
import { ErrorPages } from './core/pages/error-pages.js';
import { Log, requestLog } from './core/http/log.js';
import { ownAddress } from './core/http/own-address.middleware.js';
import { requestContext } from './core/http/request-context.js';
import { securityHeaders } from './core/http/security-headers.js';
import { refuseOddRequests } from './core/process/server-limits.js';
import { SessionMiddleware } from './auth/session/session.middleware.js';
import { Assets } from './core/views/assets.js';

/** Bytes. A body of ours is a form: the longest is a settings page with passwords of 256 code points. */
const BODY_LIMIT = 16 * 1024;
const MAX_FIELDS = 50;

// A constant of its own: in the call itself the compiler would refuse "verify", which Nest's types
// leave out.
const FORM_PARSER = {
  extended: false,
  limit: BODY_LIMIT,
  parameterLimit: MAX_FIELDS,
  verify: demandExactText,
};

/**
 * Everything between the socket and the controllers, in this order; `main.ts` and the tests share it.
 * Of all this only the session and the person in it are read from the database.
 */
export function configureApp(app: NestExpressApplication): void {
  const settings = app.get(CoreSettings);
  const http = app.get(HttpSettings);
  const log = app.get(Log);
  app.useLogger(log);
  const adapter: unknown = app.getHttpAdapter();
  if (!(adapter instanceof PageAdapter)) throw new Error('Pages need the PageAdapter');
  adapter.drawBy(app.get(Pages));
  app.set('trust proxy', http.trustedProxies.length > 0 ? [...http.trustedProxies] : false);
  app.disable('x-powered-by');
  // Nothing may keep a page, so nobody asks whether it has changed; a static file has a tag of its own.
  app.disable('etag');
  app.use(
    requestContext,
    requestLog(log, http),
    securityHeaders(settings, http),
    refuseOddRequests,
  );
  app.use(app.get(Assets).serve);
  app.use(ownAddress(settings, log));
  app.use(limitBody(app.get(ErrorPages), BODY_LIMIT));
  app.useBodyParser('urlencoded', FORM_PARSER);
  app.use(databaseGate(app.get(Database)));
  app.use(app.get(SessionMiddleware).use);
}
