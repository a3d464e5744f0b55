import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { HOUR } from '../clock.js';
import { CoreSettings } from '../config/core.settings.js';
import { isSame, signature } from '../crypto/digests.js';
import { deriveKeys } from '../crypto/keys.js';
import { randomToken } from '../crypto/random.js';
import { SealSettings } from '../crypto/seal.settings.js';
import { cookieOf } from '../http/cookies.js';
import { hostCookie } from '../http/host-cookie.js';

/**
 * Whose answers bring the cookie. A script's request runs beside the forms of its page and of other tabs: its
 * answer can come after theirs, and would bring the browser's older id back.
 */
export type AskedBy = 'form' | 'script';
const COOKIES: Readonly<Record<AskedBy, string>> = { form: 'browser', script: 'browser-script' };

/** Longer than any record of a browser lives; the cookie is set anew with each. */
const LIFETIME = 1 * HOUR;

/**
 * Tells browsers apart before anybody is signed in, by a cookie of its own: one-time records belong to
 * a browser, and a login gives it a new session without touching them. The id is signed, so that an
 * invented one is nobody's.
 */
@Injectable()
export class Browser {
  private readonly keys: readonly Buffer[];

  constructor(
    private readonly settings: CoreSettings,
    { secrets }: SealSettings,
  ) {
    this.keys = deriveKeys(secrets, 'browser');
  }

  /** @returns the id of the request's browser; null: nothing is kept for it */
  idOf(request: Request, by: AskedBy = 'form'): string | null {
    const value = cookieOf(request, hostCookie(this.settings, COOKIES[by]).name) ?? '';
    const [, id = '', given = ''] = /^([\w-]{32})\.([\w-]{43})$/.exec(value) ?? [];
    return this.keys.some((key) => isSame(signature(key, id), given)) ? id : null;
  }

  /** @returns the browser's id; it gets one when it has none */
  identify(request: Request, by: AskedBy = 'form'): string {
    return this.set(request, this.idOf(request, by) ?? randomToken(), by);
  }

  /** @returns a new id: an attacker may have planted the old one, and must not reach what is kept next */
  renew(request: Request): string {
    return this.set(request, randomToken(), 'form');
  }

  /** Takes the id away: what was kept for the browser is nobody's from then on. */
  forget(request: Request): void {
    for (const cookie of Object.values(COOKIES)) {
      const { name, options } = hostCookie(this.settings, cookie);
      if (cookieOf(request, name) !== null) request.res?.clearCookie(name, options);
    }
  }

  private set(request: Request, id: string, by: AskedBy): string {
    const [key] = this.keys;
    if (!key) throw new Error('There is no secret to sign with');
    const { name, options } = hostCookie(this.settings, COOKIES[by]);
    request.res?.cookie(name, `${id}.${signature(key, id)}`, { ...options, maxAge: LIFETIME });
    return id;
  }
}
