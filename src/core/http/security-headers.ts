import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { IncomingMessage, type OutgoingHttpHeader, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { CoreSettings } from '../config/core.settings.js';
import { HttpSettings } from './http.settings.js';

/** Seconds: two years, as the preload list asks; OWASP ASVS 3.4.1 wants one at least. */
const HSTS_MAX_AGE = 63_072_000;

/** The headers of every answer; nothing inline and nothing from another host. */
export function securityHeaders(settings: CoreSettings, http: HttpSettings): RequestHandler {
  const headers = new Map([
    ...helmetHeaders(settings, http),
    // No cache may keep a copy of an answer; static files replace this header.
    ['cache-control', 'no-store'],
  ]);
  return (request, response, next) => {
    response.setHeaders(headers);
    // A link in a mail has its token in the query: no Referer carries it, not even to a page of ours, while
    // the form's Origin stays, by which it is told from a foreign one.
    if ('token' in request.query) response.setHeader('referrer-policy', 'strict-origin');
    next();
  };
}

// Helmet has one middleware a header, each of which would say the same about every request.
function helmetHeaders(
  settings: CoreSettings,
  { hstsSubdomains }: HttpSettings,
): [string, OutgoingHttpHeader][] {
  const answer = new ServerResponse(new IncomingMessage(new Socket()));
  const setHeaders = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        // data: for the icons inside Bootstrap's stylesheet.
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Browsers ignore it over plain http, and on localhost it would bar every other program there.
    strictTransportSecurity: settings.secure && {
      maxAge: HSTS_MAX_AGE,
      // The team's other hosts below this one may have no https yet.
      includeSubDomains: hstsSubdomains,
    },
    // "no-referrer" would make Chromium send "Origin: null" with honest forms.
    referrerPolicy: { policy: 'same-origin' },
    frameguard: { action: 'deny' },
  });
  setHeaders(answer.req, answer, () => undefined);
  return Object.entries(answer.getHeaders()).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
}
