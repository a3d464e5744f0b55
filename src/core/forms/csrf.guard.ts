import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { CoreSettings } from '../config/core.settings.js';
import { DomainError } from '../domain-error.js';
import { FormTokens } from './form-tokens.js';
import { PUBLIC } from '../pages/public.decorator.js';

/** A form that is not acted upon, since it may not be one that the person sent from a page of ours. */
export class RefusedForm extends DomainError {
  /**
   * @param code `foreign-form`: another site sent it; `unmarked-form`: nothing tells where it stood;
   *   `stale-form`: its token is missing, or one from before the login
   * @param ownPage whether the browser vouches that the form stood on a page of ours
   */
  constructor(
    readonly code: 'foreign-form' | 'unmarked-form' | 'stale-form',
    readonly ownPage = false,
  ) {
    super();
  }
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Lets a request change something only when it comes from a form of ours. Where it may do so without a
 * person signed in, the browser's word is enough, so that no public form goes stale; anywhere else the
 * form's token must be right as well.
 */
@Injectable()
export class CsrfGuard implements CanActivate {
  constructor(
    private readonly settings: CoreSettings,
    private readonly tokens: FormTokens,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (SAFE_METHODS.includes(request.method)) return true;
    // A foreign type is not parsed at all, so a token can't be found in it: say what is wrong.
    if (hasBody(request) && !request.is('application/x-www-form-urlencoded')) {
      throw new UnsupportedMediaTypeException();
    }
    const site = this.siteOf(request);
    if (site === 'other') throw new RefusedForm('foreign-form');
    if (site === 'own' && this.isPublic(context)) return true;
    if (request.formSecret === undefined) {
      // Nobody is signed in: the next guard says so, and an old form can do no more than that.
      if (!this.isPublic(context)) return true;
      throw new RefusedForm('unmarked-form');
    }
    if (this.tokens.isValid(request, fields(request)['_csrf'] ?? '')) return true;
    throw new RefusedForm('stale-form', site === 'own');
  }

  // Sec-Fetch-Site decides where it is sent. Under some referrer policies an honest form has
  // "Origin: null", so Origin decides only where the newer header is absent.
  private siteOf(request: Request): 'own' | 'other' | 'unknown' {
    const site = request.get('sec-fetch-site');
    if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'own' : 'other';
    const origin = request.get('origin');
    if (origin === undefined) return 'unknown';
    return origin === this.settings.baseUrl ? 'own' : 'other';
  }

  private isPublic(context: ExecutionContext): boolean {
    const places = [context.getHandler(), context.getClass()];
    return this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, places) === true;
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
