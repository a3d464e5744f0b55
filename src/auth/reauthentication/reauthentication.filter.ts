import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { askFirst } from '../session/login-required.filter.js';
import { ReauthenticationRequired } from './reauthentication.errors.js';

/** Sends the person signed in to the page that asks who they are, which brings them back afterwards. */
@Injectable()
@Catch(ReauthenticationRequired)
export class ReauthenticationFilter implements ExceptionFilter {
  catch({ page, isCodeAwaited }: ReauthenticationRequired, host: ArgumentsHost): void {
    const asking = isCodeAwaited ? '/settings/confirm/code' : '/settings/confirm';
    askFirst(host.switchToHttp().getRequest<Request>(), asking, page);
  }
}
