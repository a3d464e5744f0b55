import type { Request } from 'express';

/** Longest path that is carried through a login, as it stands in an address: "ä" is six characters there. */
const MAX_LENGTH = 2000;

// Never part of a path that our own pages ask for; browsers drop tabs and line breaks from addresses.
const FORBIDDEN = /[\p{Cc} \\]/u;

/**
 * @param next where the person wanted to go, vetted
 * @returns the address of a page that leads there afterwards
 */
export function leadingTo(next: string | null, page: string): string {
  return next === null ? page : `${page}?next=${encodeURIComponent(next)}`;
}

/** @returns where the page that was asked for, or the form that was sent, leads afterwards; null for none */
export function nextOf({ query, body }: Request): string | null {
  const fields = (body ?? query) as Readonly<Record<string, unknown>>;
  return returnPath(fields['next']);
}

/**
 * The one check of a return path (`next`), against open redirects (CWE-601).
 *
 * @param value what came with a request
 * @returns the path with its query, in the form that a browser will resolve, or null when it could
 *   leave this site
 */
export function returnPath(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return null;
  if (!value.startsWith('/') || FORBIDDEN.test(value)) return null;
  const base = 'http://base.invalid';
  if (!URL.canParse(value, base)) return null;
  const url = new URL(value, base);
  const path = url.pathname + url.search;
  // "/.//evil" has its dot removed, and encoding makes it longer: the result is checked, not the input.
  if (url.origin !== base || path.startsWith('//') || path.length > MAX_LENGTH) return null;
  return path;
}
