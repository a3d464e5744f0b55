import { ShutdownSignal } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Server } from 'node:http';
import { SECOND } from '../clock.js';

/** Ends slow and greedy clients (Node's own limits are 60 and 300 seconds), and lets a stop finish what is in flight. */
export function hardenServer(app: NestExpressApplication): void {
  const server: Server = app.getHttpServer();
  server.headersTimeout = 10 * SECOND;
  server.requestTimeout = 20 * SECOND;
  server.keepAliveTimeout = 5 * SECOND;
  server.maxHeadersCount = 100;
  app.enableShutdownHooks([ShutdownSignal.SIGTERM, ShutdownSignal.SIGINT], {
    useProcessExit: true,
  });
}
