import {
  BadRequestException,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { isExactText } from './exact-text.js';

const ANY_QUERY = 'any-query';

/** The address of this page is written by others, who may add what they like to its query. */
export const AnyQuery = () => SetMetadata(ANY_QUERY, true);

/**
 * Refuses what our pages can't send: a repeated field, or a name with `[`, `$` or `.`, the start of
 * operator injection and of parameter pollution (CWE-943, CWE-235), and a query that is no UTF-8. Every
 * value that passes is text.
 */
@Injectable()
export class PlainInputGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const anyQuery = this.reflector.get<boolean | undefined>(ANY_QUERY, context.getHandler());
    const query = request.originalUrl.split('?').slice(1).join('?');
    const readable = anyQuery || (isPlain(request.query) && isExactText(query));
    if (!isPlain(request.body) || !readable) {
      throw new BadRequestException();
    }
    return true;
  }
}

function isPlain(fields: unknown): boolean {
  if (fields === undefined) return true;
  return Object.entries(fields as object).every(
    ([name, value]) =>
      typeof value === 'string' &&
      !/[[\]$.]/.test(name) &&
      !['__proto__', 'constructor', 'prototype'].includes(name),
  );
}
