import { BadRequestException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { isUtf8 } from 'node:buffer';

/**
 * Refuses a form that is not percent-encoded UTF-8, as every browser sends it. A lenient reader puts the
 * replacement sign, or the encoded text itself, for what it can't read: two passwords would be one.
 *
 * @param body as the body parser has received it
 * @throws BadRequestException
 */
export function demandExactText(_request: Request, _response: Response, body: Buffer): void {
  if (!isUtf8(body) || !isExactText(body.toString())) throw new BadRequestException();
}

/** Whether a percent-encoded text is UTF-8 in each part, so that it can be read in one way only. */
export function isExactText(encoded: string): boolean {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}
