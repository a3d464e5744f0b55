import type { AppConfig } from '../../core/config/app-config.js';
import { hostCookie } from '../../core/http/host-cookie.js';

/** The session's cookie. */
export function sessionCookie(config: AppConfig): ReturnType<typeof hostCookie> {
  return hostCookie(config, 'session');
}
