import type { Request } from 'express';

/**
 * @param name exactly, upper and lower case told apart
 * @returns the cookie's value as it was sent; null when the browser sent none, or two of the name: one
 *   of them may have been planted for a wider domain
 */
export function cookieOf(request: Request, name: string): string | null {
  const values = (request.get('cookie') ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [value, ...more] = values;
  return value !== undefined && more.length === 0 ? value : null;
}
