import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { DAY } from '../../core/clock.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import { On } from '../../core/events.js';
import { cookieOf } from '../../core/http/cookies.js';
import { hostCookie } from '../../core/http/host-cookie.js';
import { currentRequest } from '../../core/http/request-context.js';
import { LoggedIn } from '../session/session.events.js';

/** As long as a device is known. */
const LIFETIME = 90 * DAY;

/**
 * Remembers on a device by which way somebody logged in last, so that the login page can mark it: people
 * forget which provider they chose. It is not sealed, since nothing but the mark depends on it.
 */
@Injectable()
export class LastWay {
  constructor(private readonly settings: CoreSettings) {}

  @On(LoggedIn)
  remember({ method }: LoggedIn): void {
    const { name, options } = hostCookie(this.settings, 'last-way');
    currentRequest()?.request.res?.cookie(name, method, { ...options, maxAge: LIFETIME });
  }

  /** @returns the id of the way in, or whatever somebody else wrote there; null where nobody has logged in */
  of(request: Request): string | null {
    return cookieOf(request, hostCookie(this.settings, 'last-way').name);
  }
}
