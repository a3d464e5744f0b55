import type { Request } from 'express';

/** In the query of the login page: whoever comes back signed out has a browser that keeps no cookies. */
export const COOKIES_ASKED = 'cookies';

/** @returns the path, or for a browser that sent no cookie the login page, which leads on who is signed in */
export function onward(request: Request, path: string): string {
  if (request.get('cookie') !== undefined) return path;
  return `/login?next=${encodeURIComponent(path)}&${COOKIES_ASKED}=asked`;
}
