import type { NextFunction, Request, Response } from 'express';
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomId } from '../crypto/random.js';

/** What a log line of a request names. */
export interface RequestContext {
  /** Shown on error pages and in every log line of the request. */
  readonly id: string;
  readonly address: string;
  readonly userAgent: string;
  /** For an error that no handler waits for. */
  readonly request: Request;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** The request that is being answered now; undefined outside of one. */
export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

/** Opens the context of each request. */
export function requestContext(request: Request, response: Response, next: NextFunction): void {
  const context = {
    id: randomId(),
    address: request.ip ?? '',
    userAgent: request.get('user-agent') ?? '',
    request,
  };
  response.locals['requestId'] = context.id;
  storage.run(context, next);
}
