import type { CookieOptions } from 'express';
import type { CoreSettings } from '../config/core.settings.js';

/**
 * The name and flags of a cookie of ours. `__Host-` binds it to this host and to https (RFC 6265bis
 * 4.1.3.2); browsers take it on http://localhost too, where development goes without it, since some
 * tools don't. Lax, since with Strict the way back from a provider would arrive without a session.
 */
export function hostCookie(
  settings: CoreSettings,
  name: string,
): { name: string; options: CookieOptions } {
  const secure = settings.production;
  return {
    name: secure ? `__Host-${name}` : name,
    options: { httpOnly: true, secure, sameSite: 'lax', path: '/' },
  };
}
