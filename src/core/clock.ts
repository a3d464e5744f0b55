import { Injectable } from '@nestjs/common';
import { types } from 'node:util';

/** What time it is. Services ask this and never the system, so that a test can move time. */
export abstract class Clock {
  abstract now(): Date;
}

@Injectable()
export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }
}

/** Milliseconds, as is each of these. */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/**
 * A stored date that is further ahead is not believed: a clock was wrong, and what it wrote would last for years.
 * Nor is the database's clock believed to be right by more.
 */
export const MOST_AHEAD = 1 * DAY;

/** Whether a stored value is a moment, as it is unless some other hand has written it. */
export function isDate(value: unknown): value is Date {
  return types.isDate(value) && !Number.isNaN(value.getTime());
}
