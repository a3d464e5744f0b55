import { ServiceUnavailableException } from '@nestjs/common';
import type { RequestHandler } from 'express';
import type { Database } from '../database/database.js';

/** Answers at once while the database is known to be away, instead of letting requests queue for it. */
export function databaseGate(database: Database): RequestHandler {
  return (request, _response, next) => {
    const open = database.ready || request.path.startsWith('/health/');
    next(open ? undefined : new ServiceUnavailableException('The database is away'));
  };
}
