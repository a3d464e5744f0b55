import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { CoreSettings } from '../../core/config/core.settings.js';
import { signature } from '../../core/crypto/digests.js';
import { deriveKeys } from '../../core/crypto/keys.js';
import { randomToken } from '../../core/crypto/random.js';
import { SealSettings } from '../../core/crypto/seal.settings.js';
import { cookieOf } from '../../core/http/cookies.js';
import { hostCookie } from '../../core/http/host-cookie.js';
import { SESSION_LIMITS } from './session-limits.js';

/** What a browser says of its session. */
export interface SessionClaim {
  readonly userId: string;
  readonly secret: string;
  /** The ids under which an account may hold the session: one for each of our keys. */
  readonly ids: readonly string[];
}

/**
 * The session's cookie: whose account, and a secret. The account holds the secret's keyed hash, so that
 * sessions end when the key is taken out of SESSION_SECRET.
 */
@Injectable()
export class SessionCookie {
  private readonly keys: readonly Buffer[];

  constructor(
    private readonly settings: CoreSettings,
    { secrets }: SealSettings,
  ) {
    this.keys = deriveKeys(secrets, 'session');
  }

  /** @returns a new secret, and the id of a session that is begun with it */
  draw(): { secret: string; id: string } {
    const secret = randomToken();
    const [key] = this.keys;
    if (!key) throw new Error('There is no secret to sign with');
    return { secret, id: signature(key, secret) };
  }

  /** Gives the browser the cookie; the idle limit is the server's. */
  give(request: Request, userId: string, secret: string, remember: boolean): void {
    const { name, options } = this.cookie();
    const kept = remember && { maxAge: SESSION_LIMITS.remembered.absolute };
    request.res?.cookie(name, `${userId}.${secret}`, { ...options, ...kept });
  }

  /** @returns null when the browser sent no cookie of ours, or one that we can't have made */
  read(request: Request): SessionClaim | null {
    const value = cookieOf(request, this.cookie().name) ?? '';
    const [, userId, secret] = /^([\da-f]{24})\.([\w-]{32})$/.exec(value) ?? [];
    if (userId === undefined || secret === undefined) return null;
    return { userId, secret, ids: this.keys.map((key) => signature(key, secret)) };
  }

  /** Takes the cookie away from a browser that has one. */
  take(request: Request): void {
    const { name, options } = this.cookie();
    if (cookieOf(request, name) !== null) request.res?.clearCookie(name, options);
  }

  private cookie(): ReturnType<typeof hostCookie> {
    return hostCookie(this.settings, 'session');
  }
}
