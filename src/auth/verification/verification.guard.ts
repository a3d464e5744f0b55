import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { OPEN_TO_RESTRICTED } from '../../core/pages/public.decorator.js';
import type { User } from '../../users/user.js';
import { VerificationPolicy } from './verification-policy.js';
import { VerificationRequired } from './verification.errors.js';

/**
 * Denies every route, public ones too, to a person signed in whose account waits for the verification of
 * its address, unless the route is marked `@OpenToRestricted()`.
 */
@Injectable()
export class VerificationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly policy: VerificationPolicy,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const user = context.switchToHttp().getRequest<Request>().user as User | undefined;
    if (!user || !this.policy.isRestricted(user)) return true;
    const open = this.reflector.getAllAndOverride<boolean | undefined>(OPEN_TO_RESTRICTED, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (open) return true;
    throw new VerificationRequired();
  }
}
