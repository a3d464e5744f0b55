import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { isSame, signature } from '../crypto/digests.js';
import { deriveKeys } from '../crypto/keys.js';
import { SealSettings } from '../crypto/seal.settings.js';

declare global {
  // Express's own way to add to its requests.
  namespace Express {
    interface Request {
      /** A secret that the browser shares with us alone; whatever knows who a browser is sets it. */
      formSecret?: string | undefined;
    }
  }
}

/**
 * Tokens of forms: a keyed hash of what only this browser and we know (OWASP Cross-Site Request Forgery
 * Prevention, HMAC based token). Nothing is stored for it, and it ends with the secret.
 */
@Injectable()
export class FormTokens {
  private readonly keys: readonly Buffer[];

  constructor({ secrets }: SealSettings) {
    this.keys = deriveKeys(secrets, 'form token');
  }

  /** @returns the token of a form on the request's page; null: the browser has no secret, and its forms no token */
  of({ formSecret }: Request): string | null {
    const [key] = this.keys;
    return key === undefined || formSecret === undefined ? null : signature(key, formSecret);
  }

  /** Whether a form that was sent stood on a page of this browser's. */
  isValid({ formSecret }: Request, token: string): boolean {
    if (formSecret === undefined) return false;
    return this.keys.some((key) => isSame(signature(key, formSecret), token));
  }
}
