import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { Request } from 'express';
import { map, type Observable } from 'rxjs';
import { Page, SeeOther } from './page.js';
import { Pages } from './pages.js';

/** Turns what a controller returns into the answer. */
@Injectable()
export class PageInterceptor implements NestInterceptor {
  constructor(private readonly pages: Pages) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<Request>();
    return next.handle().pipe(
      map((answer: unknown) => {
        if (answer instanceof Page) return this.pages.render(request, answer);
        if (answer instanceof SeeOther) return this.pages.redirect(request, answer);
        return answer;
      }),
    );
  }
}
