import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { CoreSettings } from '../config/core.settings.js';
import { isPage, pageOfForm } from './allowed-methods.js';
import type { Log } from './log.js';
import { isProbe } from '../process/probes.js';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Sends people on to the address that BASE_URL names who came by another one of this site: with "www."
 * or without, by another name of this machine, or by http where BASE_URL is https. Their browser would
 * keep cookies, and say where forms stood, for an address that is not ours.
 */
export function ownAddress({ baseUrl }: CoreSettings, log: Log): RequestHandler {
  const own = new URL(baseUrl);
  return (request: Request, response: Response, next: NextFunction) => {
    if (request.method === 'GET' && isElsewhere(request, own) && isPage(request)) {
      return response.redirect(302, baseUrl + request.originalUrl);
    }
    // A page that was opened by http sends its form so, too, and without the secure cookies.
    if (request.method === 'POST' && isPlainOrigin(request, own)) {
      log.event('plain-http', {
        level: 'warn',
        cause: 'A form was sent by http, BASE_URL is https',
      });
      // The forms that have no page of their own stand on the login page.
      const page = pageOfForm(request) ?? '/login';
      return response.redirect(303, baseUrl + page);
    }
    next();
  };
}

function isElsewhere(request: Request, own: URL): boolean {
  if (isProbe(request.path)) return false;
  // The absolute form, which no browser sends to us, would go on behind our host's name (CWE-601).
  if (!request.originalUrl.startsWith('/')) return false;
  return isPlain(request, own) || isAlias(request.get('host') ?? '', own);
}

// Without a proxy that says so, plain http is how a proxy that isn't named asks for what people see by
// https: sending it on would never end.
function isPlain(request: Request, { protocol }: URL): boolean {
  if (protocol !== 'https:') return false;
  const trusts = request.app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  const told = request.get('x-forwarded-proto')?.split(',')[0]?.trim();
  return told === 'http' && trusts(request.socket.remoteAddress ?? '', 0);
}

// Another host than these may be what a proxy calls us by.
function isAlias(host: string, own: URL): boolean {
  if (host === own.host) return false;
  if (!URL.canParse(`${own.protocol}//${host}`)) return false;
  const { hostname, port } = new URL(`${own.protocol}//${host}`);
  if (hostname === own.hostname || port !== own.port) return false;
  const isLoopback = [hostname, own.hostname].every((name) => LOOPBACK.includes(name));
  return isLoopback || hostname === `www.${own.hostname}` || `www.${hostname}` === own.hostname;
}

function isPlainOrigin(request: Request, own: URL): boolean {
  return own.protocol === 'https:' && request.get('origin') === `http://${own.host}`;
}
