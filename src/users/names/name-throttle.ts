import { Injectable } from '@nestjs/common';
import { MINUTE, SECOND } from '../../core/clock.js';
import { type Limit, Throttle } from '../../core/throttle/throttle.js';

/** As many as registrations, which tell the same. */
const CHANGES: Limit = { name: 'names-address', tries: 60, window: (10 * MINUTE) / SECOND };

/** The brake on changes of a user name or an address: each tells whether somebody else has it (CWE-204). */
@Injectable()
export class NameThrottle {
  constructor(private readonly throttle: Throttle) {}

  /** Counts a change tried from an address. @throws TooManyAttempts */
  async consume(network: string | null): Promise<void> {
    await this.throttle.consume(CHANGES, network);
  }
}
