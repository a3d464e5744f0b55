import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Request } from 'express';

export const PUBLIC = 'public';

/** Opens a route to people who are not signed in. Without this mark every route denies. */
export const Public = () => SetMetadata(PUBLIC, true);

/** The person signed in. */
export const CurrentUser = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<Request>().user,
);
