import { BadRequestException, HttpException, ShutdownSignal } from '@nestjs/common';
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

/** Refuses what Node lets through and no browser sends. */
export function refuseOddRequests(request: Request, _response: Response, next: NextFunction): void {
  const names = request.rawHeaders.filter((_, index) => index % 2 === 0);
  // Node's `maxHeadersCount` drops what is beyond it, and what a proxy adds stands last.
  if (names.length > MAX_HEADERS) return next(new HttpException('Too many headers', 431));
  // A proxy may have taken the other one (RFC 9112 3.2).
  const hosts = names.filter((name) => name.toLowerCase() === 'host').length;
  // "OPTIONS *" asks about no page, and has no session.
  next(hosts > 1 || !request.path.startsWith('/') ? new BadRequestException() : undefined);
}
