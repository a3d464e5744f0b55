import type { Request } from 'express';
import { clientAddress } from '../../core/http/client-address.js';
import type { Session } from '../../users/session.js';
import type { Login } from '../second-step/login.js';
import { browserOf } from './browser-name.js';

/**
 * @param now when it begins
 * @param factor the id of the second factor, if one was asked for
 * @returns the session, but for its id
 */
export async function newSession(
  request: Request,
  { method, remember = false, isTwoFactors = false }: Login,
  now: Date,
  factor?: string,
): Promise<Omit<Session, 'id'>> {
  const [browser, address] = [await browserOf(request), clientAddress(request)];
  return {
    startedAt: now,
    lastSeenAt: now,
    authenticatedAt: now,
    ...((isTwoFactors || factor !== undefined) && { factorAt: now }),
    methods: factor === undefined ? [method] : [method, factor],
    remember,
    ...(browser && { browser }),
    ...(address !== null && { address }),
  };
}

/** What a re-authentication shows. */
export type ShownBy = 'way-in' | 'factor' | 'both';

/** @returns the session after a re-authentication */
export function refreshed(session: Session, method: string, by: ShownBy, now: Date): Session {
  return {
    ...session,
    ...(by !== 'factor' && {
      authenticatedAt: now,
      reauthenticatedAt: now,
      reauthenticatedBy: method,
    }),
    ...(by !== 'way-in' && { factorAt: now }),
    methods: [...new Set([...session.methods, method])],
  };
}
