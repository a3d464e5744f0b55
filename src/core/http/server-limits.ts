import { HttpException, ShutdownSignal } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import type { Server } from 'node:http';
import { SECOND } from '../clock.js';

/** A browser sends about 20; Node's own limit of bytes (16 kB) lets thousands of short ones through. */
const MAX_HEADERS = 100;

/** Ends slow and greedy clients (Node's own limits are 60 and 300 seconds), and lets a stop finish what is in flight. */
export function hardenServer(app: NestExpressApplication): void {
  const server: Server = app.getHttpServer();
  server.headersTimeout = 10 * SECOND;
  server.requestTimeout = 20 * SECOND;
  server.keepAliveTimeout = 5 * SECOND;
  // A client that does not read its answer; no answer of ours takes as long to be made.
  server.timeout = 30 * SECOND;
  // Node looks for late ones each 30 seconds otherwise; it reads this when it begins to listen.
  Object.assign(server, { connectionsCheckingInterval: 1 * SECOND });
  app.enableShutdownHooks([ShutdownSignal.SIGTERM, ShutdownSignal.SIGINT], {
    useProcessExit: true,
  });
}

// Node's `maxHeadersCount` drops what is beyond it, and what a proxy adds stands last: refused instead.
export function limitHeaders(request: Request, _response: Response, next: NextFunction): void {
  const count = request.rawHeaders.length / 2;
  next(count > MAX_HEADERS ? new HttpException('Too many headers', 431) : undefined);
}
