import type { Request } from 'express';
import { returnPath } from '../pages/return-path.js';

/** The part of Express's router that tells which routes there are. */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/**
 * @returns the methods that this path answers to, when the request's is not among them; empty when
 *   the path is unknown, or the route itself said "not found"
 */
export function allowedMethods(request: Request): string[] {
  const methods = methodsOf(request);
  return methods.includes(request.method) ? [] : [...new Set(methods)].toSorted();
}

/** @returns whether the request's path can be opened as a page */
export function isPage(request: Request): boolean {
  return methodsOf(request).includes('GET');
}

/**
 * @returns the page that a form of ours was on: the one that the browser names, else the form's own path or
 *   the nearest page above; null for none but home
 */
export function pageOfForm(request: Request): string | null {
  return pageTold(request) ?? pageAbove(request);
}

// What the browser names (see `referrerPolicy`) says where that page leads afterwards, too. A page that
// was shown instead of a form has the form's address, which can't be opened.
function pageTold(request: Request): string | null {
  const told = request.get('referer');
  if (told === undefined || !URL.canParse(told)) return null;
  const { host, pathname, search } = new URL(told);
  const isOurs = host === request.get('host') && methodsOf(request, pathname).includes('GET');
  return isOurs ? returnPath(pathname + search) : null;
}

function pageAbove(request: Request): string | null {
  const parts = request.path.split('/').filter((part) => part !== '');
  for (let length = parts.length; length > 0; length--) {
    const path = `/${parts.slice(0, length).join('/')}`;
    if (methodsOf(request, path).includes('GET')) return path;
  }
  return null;
}

function methodsOf(request: Request, path = request.path): string[] {
  const { stack } = request.app.router as unknown as { stack: Layer[] };
  const methods = stack
    .filter((layer) => layer.route && matches(layer, path))
    .flatMap((layer) => Object.keys(layer.route?.methods ?? {}))
    .map((method) => method.toUpperCase());
  return methods.includes('GET') ? [...methods, 'HEAD'] : methods;
}

function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    // A path that can't be decoded matches nothing.
    return false;
  }
}
