import type { CoreSettings } from '../../core/config/core.settings.js';
import { hostCookie } from '../../core/http/host-cookie.js';

/** The session's cookie. */
export function sessionCookie(settings: CoreSettings): ReturnType<typeof hostCookie> {
  return hostCookie(settings, 'session');
}
