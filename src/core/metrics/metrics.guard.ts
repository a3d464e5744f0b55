import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  NotFoundException,
  UnauthorizedException,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { isSame } from '../crypto/digests.js';
import { MetricsSettings } from './metrics.settings.js';

/** Lets whoever has the token through (RFC 6750); where none is set, there is nothing to find. */
@Injectable()
export class MetricsGuard implements CanActivate {
  constructor(private readonly settings: MetricsSettings) {}

  canActivate(context: ExecutionContext): boolean {
    const { tokens } = this.settings;
    if (tokens.length === 0) throw new NotFoundException();
    const http = context.switchToHttp();
    const { authorization = '' } = http.getRequest<Request>().headers;
    const [, given = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    if (tokens.some((token) => isSame(token, given))) return true;
    http.getResponse<Response>().set('www-authenticate', 'Bearer');
    throw new UnauthorizedException();
  }
}
