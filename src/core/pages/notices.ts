import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { MINUTE } from '../clock.js';
import { CoreSettings } from '../config/core.settings.js';
import { Seal } from '../crypto/seal.js';
import { SealSettings } from '../crypto/seal.settings.js';
import type { MessageParams } from '../domain-error.js';
import { cookieOf } from '../http/cookies.js';
import { hostCookie } from '../http/host-cookie.js';
import { isSeen } from './seen-page.js';

/** A sentence that is shown on the next page, once. */
export interface Notice {
  readonly kind: 'success' | 'info' | 'warning' | 'danger';
  /** Key in the message catalogue. */
  readonly key: string;
  readonly params: MessageParams;
}

/** Whoever comes later wonders what it was about. */
const LIFETIME = 10 * MINUTE;
/** The cookie stays far below the 4,096 bytes that browsers keep. */
const MAX_NOTICES = 4;

/**
 * Notices wait in a cookie of the browser, sealed: nothing is stored for whoever asks for one, and
 * nobody can put one into our mouth. What waits for a person signed in ends with their session: the next
 * person at this browser does not read it.
 */
@Injectable()
export class Notices {
  private readonly seal: Seal;

  constructor(
    private readonly settings: CoreSettings,
    { secrets }: SealSettings,
  ) {
    this.seal = new Seal(secrets, 'notices');
  }

  /** Keeps them for the browser's next page, with those that no page has shown so far; no two alike. */
  add(request: Request, notices: readonly Notice[]): void {
    if (notices.length === 0) return;
    const all = [...this.waiting(request), ...notices].map((notice) => JSON.stringify(notice));
    const kept = [...new Set(all)].slice(-MAX_NOTICES);
    const { name, options } = this.cookie();
    const value = this.seal.seal(`[${kept.join()}]`, reader(request));
    request.res?.cookie(name, value, { ...options, maxAge: LIFETIME });
  }

  /** @returns the notices that wait for the browser, once */
  take(request: Request): readonly Notice[] {
    const { name, options } = this.cookie();
    if (cookieOf(request, name) === null) return [];
    if (!isSeen(request)) return [];
    request.res?.clearCookie(name, options);
    return this.waiting(request);
  }

  /** Whether the page that the request asks for shows one of these notices: taking them changes nothing. */
  hasAny(request: Request, codes: readonly string[]): boolean {
    return this.waiting(request).some(({ key }) => codes.some((code) => key === `notices.${code}`));
  }

  private waiting(request: Request): readonly Notice[] {
    const sealed = cookieOf(request, this.cookie().name);
    const text = sealed === null ? null : this.seal.open(sealed, reader(request));
    // Sealed by `add` alone, so it has its shape.
    return text === null ? [] : (JSON.parse(text) as Notice[]);
  }

  private cookie(): ReturnType<typeof hostCookie> {
    return hostCookie(this.settings, 'notices');
  }
}

/** Whose page will show it: of the session, or of nobody signed in. */
function reader({ formSecret }: Request): string {
  return formSecret ?? 'visitor';
}
