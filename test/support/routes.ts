import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PUBLIC } from '../../src/core/pages/public.decorator.js';
import type { TestApp } from './app.js';
import type { Visitor } from './visitor.js';

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

/** Every route that the running application has, as its router tells. */
export function allRoutes(nest: NestExpressApplication): { method: string; path: string }[] {
  // Express's types leave out what its router keeps of a route.
  const { stack } = nest.getHttpAdapter().getInstance().router as unknown as { stack: Layer[] };
  return stack.flatMap(({ route }) =>
    route
      ? Object.keys(route.methods).map((method) => ({
          method: method.toUpperCase(),
          path: route.path,
        }))
      : [],
  );
}

/**
 * The routes that answer a browser otherwise than a stranger's, as `METHOD /path`. What one of them does to
 * the browser, the next one does not meet.
 */
export async function openedBy(app: TestApp, visitor: Visitor): Promise<string[]> {
  const opened: string[] = [];
  for (const { method, path } of allRoutes(app.nest)) {
    const stranger = await app.visitor().send(method, path);
    const own = await visitor.copy().send(method, path);
    const isSame = own.status === stranger.status && own.location === stranger.location;
    if (!isSame) opened.push(`${method} ${path}`);
  }
  return opened;
}

/** The paths of the routes that take a POST without a person signed in, as their decorators tell. */
export function publicForms(nest: NestExpressApplication): string[] {
  return routesMarked(nest, PUBLIC).flatMap((route) => {
    const [method, path = ''] = route.split(' ');
    return method === 'POST' ? [path] : [];
  });
}

/** The routes whose handler or controller bears a mark, as `METHOD /path`. */
export function routesMarked(nest: NestExpressApplication, mark: string): string[] {
  return handlersOf(nest).flatMap(({ handler, metatype }) => {
    const method = Reflect.getMetadata('method', handler) as RequestMethod | undefined;
    const isMarked = [handler, metatype].some((place) => Reflect.getMetadata(mark, place) === true);
    return method !== undefined && isMarked
      ? [`${RequestMethod[method]} ${pathOf(metatype, handler)}`]
      : [];
  });
}

interface Handler {
  readonly metatype: object;
  readonly handler: object;
}

function handlersOf(nest: NestExpressApplication): Handler[] {
  const controllers = [...nest.get(ModulesContainer).values()].flatMap((module) => [
    ...module.controllers.values(),
  ]);
  return controllers.flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const prototype = metatype.prototype as object;
    // A getter has no value, and is no handler.
    return Object.values(Object.getOwnPropertyDescriptors(prototype)).flatMap(
      ({ value: handler }) => (typeof handler === 'function' ? [{ metatype, handler }] : []),
    );
  });
}

function pathOf(...places: readonly object[]): string {
  const parts = places.map((place) => String(Reflect.getMetadata('path', place)));
  return `/${parts.join('/')}`.replace(/\/+$|\/(?=\/)/g, '');
}
