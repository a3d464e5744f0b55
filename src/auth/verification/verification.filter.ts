import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { isPage, pageOfForm } from '../../core/http/allowed-methods.js';
import { askFirst } from '../session/login-required.filter.js';
import { VerificationRequired } from './verification.errors.js';

/** Sends a person whose account waits to the page that verifies its address, which leads on afterwards. */
@Injectable()
@Catch(VerificationRequired)
export class VerificationFilter implements ExceptionFilter {
  catch(_error: VerificationRequired, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const page = isPage(request) ? request.originalUrl : pageOfForm(request);
    askFirst(request, '/settings/email', page === '/' ? null : page);
  }
}
