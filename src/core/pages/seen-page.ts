import type { Request } from 'express';

/** What browsers say with a page that they fetch before anybody asked for it, the older ones last. */
const AHEAD = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];

/**
 * Whether the answer is a page that a person is about to see: no picture that is missing, no prefetch,
 * no look without a body. A browser asks for a page as `text/html` by name.
 */
export function isSeen(request: Request): boolean {
  if (request.method === 'HEAD' || AHEAD.some((name) => request.get(name))) return false;
  const destination = request.get('sec-fetch-dest') ?? 'document';
  // "empty": a script of a team's own that puts pages in place.
  if (!['document', 'empty'].includes(destination)) return false;
  return /\btext\/html\b/.test(request.get('accept') ?? '');
}
