import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { Request } from 'express';
import { mergeMap, type Observable } from 'rxjs';
import { Page } from '../../core/pages/page.js';
import type { SignedInUser } from '../../users/user.js';
import { HeldForms } from './held-forms.js';
import { Reauthentication } from './reauthentication.js';

/**
 * Fills a page's form with what was typed before a re-authentication: its button is all that is left to
 * press.
 */
@Injectable()
export class HeldFormInterceptor implements NestInterceptor {
  constructor(
    private readonly heldForms: HeldForms,
    private readonly reauthentication: Reauthentication,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    const user = request.user as SignedInUser | undefined;
    // Express answers HEAD by the GET route, but nobody sees a page: the form must not be spent.
    if (
      request.method !== 'GET' ||
      !user?.session.heldForm ||
      !this.reauthentication.isFresh(request)
    ) {
      return next.handle();
    }
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        if (!(answer instanceof Page)) return answer;
        const held = await this.heldForms.take(request, user);
        return held
          ? answer.with({ heldAction: held.action, values: { ...answer.values, ...held.fields } })
          : answer;
      }),
    );
  }
}
