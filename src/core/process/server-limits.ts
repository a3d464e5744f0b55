import { BadRequestException, HttpException, ShutdownSignal } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import type { Server } from 'node:http';
import { SECOND } from '../clock.js';
import { HttpSettings } from '../http/http.settings.js';

/** A browser sends about 20. */
const MAX_HEADERS = 100;

/** Bytes of a request before its body; proxies and Node itself take 16 kB. */
const MAX_HEADER_BYTES = 16 * 1024;
/**
 * Bytes that Node reads, so that the sender of a longer request than we take gets a page; beyond them
 * Node refuses it without one.
 */
const READ_HEADER_BYTES = 4 * MAX_HEADER_BYTES;

/**
 * Ends slow and greedy clients (Node's own limits are 60 and 300 seconds), and lets a stop finish what
 * is in flight.
 */
export function hardenServer(app: NestExpressApplication): void {
  const server: Server = app.getHttpServer();
  server.headersTimeout = 10 * SECOND;
  server.requestTimeout = 20 * SECOND;
  // Longer than a balancer in front keeps its own end open: it would send a request into a connection
  // that closes. The limit on headers begins with a request's first byte, so it may be shorter.
  server.keepAliveTimeout = app.get(HttpSettings).keepAlive;
  // A client that does not read its answer; no answer of ours takes as long to be made.
  server.timeout = 30 * SECOND;
  Object.assign(server, {
    // Node looks for late ones each 30 seconds otherwise; it reads this when it begins to listen.
    connectionsCheckingInterval: 1 * SECOND,
    maxHeaderSize: READ_HEADER_BYTES,
  });
  app.enableShutdownHooks([ShutdownSignal.SIGTERM, ShutdownSignal.SIGINT], {
    useProcessExit: true,
  });
}

/** Refuses what Node lets through and no browser sends. */
export function refuseOddRequests(request: Request, _response: Response, next: NextFunction): void {
  const { rawHeaders } = request;
  // Node's `maxHeadersCount` drops what is beyond it, and what a proxy adds stands last.
  if (rawHeaders.length > 2 * MAX_HEADERS || bytesBefore(request) > MAX_HEADER_BYTES) {
    return next(new HttpException('Too many headers', 431));
  }
  // Of two Host headers, a proxy in front may have read the other one (RFC 9112 3.2).
  const isHost = (text: string, index: number) =>
    index % 2 === 0 && text.length === 'host'.length && text.toLowerCase() === 'host';
  const hosts = rawHeaders.filter(isHost).length;
  // "OPTIONS *" asks about no page, and has no session.
  next(hosts > 1 || !request.path.startsWith('/') ? new BadRequestException() : undefined);
}

// The request line and each header, with the signs between and after them; Node reads them as Latin-1.
function bytesBefore({ method, url, rawHeaders }: Request): number {
  const line = method.length + url.length + ' HTTP/1.1\r\n'.length + 1;
  return rawHeaders.reduce((sum, text) => sum + text.length + 2, line);
}
