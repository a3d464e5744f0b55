import { PayloadTooLargeException } from '@nestjs/common';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { ErrorPages } from '../pages/error-pages.js';

/**
 * Bytes. A browser reads an answer only after it has sent its whole body, so this much is received; a
 * longer body is cut off.
 */
const LET_RUN_ON = 2 * 1024 * 1024;

/**
 * Answers as soon as a body is too large. The body parser answers only after the last byte, which some
 * clients never send.
 *
 * @param bytes the longest body, as it is sent
 */
export function limitBody(pages: ErrorPages, bytes: number): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => {
    // A request without either has no body (RFC 9112, 6.3).
    if (!request.headers['content-length'] && !request.headers['transfer-encoding']) return next();
    const announced = Number(request.get('content-length') ?? 0);
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      const before = size;
      size += chunk.length;
      if (before <= bytes && size > bytes && announced <= bytes) refuse();
      if (size > LET_RUN_ON) request.destroy();
    });
    const refuse = () => void pages.answer(new PayloadTooLargeException(), request);
    if (announced > bytes) refuse();
    else next();
  };
}
