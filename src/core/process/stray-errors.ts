import type { NestExpressApplication } from '@nestjs/platform-express';
import { ErrorPages } from '../pages/error-pages.js';

/**
 * Keeps the process up when something throws that nobody waits for. Node would end it, and with it
 * everybody else's requests: whoever finds one such place could keep the site down.
 */
export function catchStrayErrors(app: NestExpressApplication): void {
  const pages = app.get(ErrorPages);
  const caught = (error: unknown) => void pages.stray(error);
  process.on('unhandledRejection', caught);
  process.on('uncaughtException', caught);
  // Nobody reads the log any more: each line about it would be the next such error.
  process.stdout.on('error', () => process.exit(1));
}
