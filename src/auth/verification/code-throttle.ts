import { Injectable } from '@nestjs/common';
import { MINUTE } from '../../core/clock.js';
import { TooManyAttempts } from '../../core/domain-error.js';
import type { Limit } from '../../core/throttle/limit.js';
import { Throttle } from '../../core/throttle/throttle.js';
import { WrongCode } from './verification.errors.js';

/** A thousand guesses a day find one of 20^8 codes in 70,000 years. */
const PER_ACCOUNT: Limit = { name: 'email-code-account', tries: 10, window: 10 * MINUTE };
/** Whoever makes many accounts to guess at an address with all of them. */
const PER_NETWORK: Limit = { name: 'email-code-address', tries: 60, window: 10 * MINUTE };

/** The brake on guesses of mailed codes. */
@Injectable()
export class CodeThrottle {
  constructor(private readonly throttle: Throttle) {}

  /**
   * Counts a try, then makes it; the one with the right code is not counted.
   *
   * @param attempt throws WrongCode for a guess
   * @throws TooManyAttempts without making the try; TooBusy
   */
  async guard<T>(userId: string, network: string | null, attempt: () => Promise<T>): Promise<T> {
    const counted = await this.throttle.begin([PER_ACCOUNT, userId], [PER_NETWORK, network]);
    if (counted.refusal) {
      await counted.keep();
      throw new TooManyAttempts(counted.refusal.retryAfter);
    }
    try {
      const outcome = await attempt();
      await counted.clear(PER_ACCOUNT);
      return outcome;
    } catch (error) {
      await (error instanceof WrongCode ? counted.keep() : counted.withdraw());
      throw error;
    }
  }
}
