import type { Request } from 'express';

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

function methodsOf(request: Request): string[] {
  const { stack } = request.app.router as unknown as { stack: Layer[] };
  const methods = stack
    .filter((layer) => layer.route && matches(layer, request.path))
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
