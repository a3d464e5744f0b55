import {
  BadRequestException,
  type CanActivate,
  type ExecutionContext,
  Injectable,
} from '@nestjs/common';
import type { Request } from 'express';

/**
 * Refuses a form that our pages can't send: a repeated field, or a name with `[`, `$` or `.`, the start
 * of operator injection and of parameter pollution (CWE-943, CWE-235). Every value that passes is text.
 */
@Injectable()
export class PlainInputGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (!isPlain(request.body)) throw new BadRequestException();
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
