import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PUBLIC } from '../../src/core/pages/public.decorator.js';

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

/** The paths of the routes that take a POST without a person signed in, as their decorators tell. */
export function publicForms(nest: NestExpressApplication): string[] {
  const controllers = [...nest.get(ModulesContainer).values()].flatMap((module) => [
    ...module.controllers.values(),
  ]);
  return controllers.flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const prototype = metatype.prototype as object;
    const members = Object.values(Object.getOwnPropertyDescriptors(prototype));
    return members.flatMap(({ value: handler }) => {
      // A getter has no value, and is no handler.
      if (typeof handler !== 'function') return [];
      const marks = [handler, metatype].map((place) => Reflect.getMetadata(PUBLIC, place));
      const posts = Reflect.getMetadata('method', handler) === RequestMethod.POST;
      const parts = [metatype, handler].map((place) => Reflect.getMetadata('path', place));
      return posts && marks.includes(true)
        ? [`/${parts.join('/')}`.replace(/\/+$|\/(?=\/)/g, '')]
        : [];
    });
  });
}
