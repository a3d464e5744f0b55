import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { PUBLIC } from '../../core/pages/public.decorator.js';
import { LoginRequired } from './session.errors.js';

/** Denies every route to people who are not signed in, unless it is marked `@Public()`. */
@Injectable()
export class SignedInGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const open = this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (open || context.switchToHttp().getRequest<Request>().user) return true;
    throw new LoginRequired();
  }
}
