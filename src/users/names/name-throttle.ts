import { Injectable } from '@nestjs/common';
import { MINUTE } from '../../core/clock.js';
import type { Limit } from '../../core/throttle/limit.js';
import { Throttle } from '../../core/throttle/throttle.js';

/** More than the people behind one address change in earnest. */
const CHANGES: Limit = { name: 'names-address', tries: 60, window: 10 * MINUTE };

/** The brake on changes of a user name or an address: each tells whether somebody else has it (CWE-204). */
@Injectable()
export class NameThrottle {
  constructor(private readonly throttle: Throttle) {}

  /** Counts a change tried from an address. @throws TooManyAttempts */
  async consume(network: string | null): Promise<void> {
    await this.throttle.consume(CHANGES, network);
  }
}
