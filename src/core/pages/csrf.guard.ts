import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { csrfSync } from 'csrf-sync';
import type { Request } from 'express';
import { CoreSettings } from '../config/core.settings.js';
import { DomainError } from '../domain-error.js';

/** The form's token is missing, old or another session's, or the request came from another site. */
export class StaleForm extends DomainError {
  readonly code = 'stale-form';

  /** @param ownPage whether the browser vouches that the form stood on a page of ours */
  constructor(readonly ownPage: boolean) {
    super();
  }
}

const { generateToken, isRequestValid } = csrfSync({
  getTokenFromRequest: (request) => fields(request)['_csrf'],
  // 32 random bytes (OWASP Cross-Site Request Forgery Prevention).
  size: 32,
});

/** @returns the session's token; made, with the session, when a form first asks for it */
export function csrfToken(request: Request): string {
  return generateToken(request);
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Lets a request change something only when it comes from a form of ours: token and origin both. */
@Injectable()
export class CsrfGuard implements CanActivate {
  constructor(private readonly settings: CoreSettings) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (SAFE_METHODS.includes(request.method)) return true;
    // A foreign type is not parsed at all, so a token can't be found in it: say what is wrong.
    if (hasBody(request) && !request.is('application/x-www-form-urlencoded')) {
      throw new UnsupportedMediaTypeException();
    }
    const origin = this.originOf(request);
    if (origin === 'other' || !isRequestValid(request)) throw new StaleForm(origin === 'own');
    return true;
  }

  // Sec-Fetch-Site decides where it is sent. Under some referrer policies an honest form has
  // "Origin: null", so Origin decides only where the newer header is absent.
  private originOf(request: Request): 'own' | 'other' | 'unknown' {
    const site = request.get('sec-fetch-site');
    if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'own' : 'other';
    const origin = request.get('origin');
    if (origin === undefined) return 'unknown';
    return origin === this.settings.baseUrl ? 'own' : 'other';
  }
}

function hasBody(request: Request): boolean {
  const length = request.get('content-length');
  return (length !== undefined && length !== '0') || request.get('transfer-encoding') !== undefined;
}

// What is not text was refused before this (see `PlainInputGuard`).
function fields(request: Request): Record<string, string | undefined> {
  return (request.body ?? {}) as Record<string, string | undefined>;
}
