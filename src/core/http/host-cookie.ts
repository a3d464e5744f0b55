import type { CookieOptions } from 'express';
import type { CoreSettings } from '../config/core.settings.js';

/**
 * The name and flags of a cookie of ours. `__Host-` binds it to this host and to https (RFC 6265bis
 * 4.1.3.2). On http://localhost it goes without both, in production too: some browsers (WebKit) take
 * no secure cookie there. Lax, since with Strict the way back from a provider would arrive without a
 * session.
 */
export function hostCookie(
  { secure, cookiePrefix }: CoreSettings,
  name: string,
): { name: string; options: CookieOptions } {
  const own = `${cookiePrefix}-${name}`;
  return {
    name: secure ? `__Host-${own}` : own,
    options: { httpOnly: true, secure, sameSite: 'lax', path: '/' },
  };
}
