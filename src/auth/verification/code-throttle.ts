import { Injectable } from '@nestjs/common';
import { MINUTE } from '../../core/clock.js';
import { TooManyAttempts } from '../../core/domain-error.js';
import type { Limit } from '../../core/throttle/limit.js';
import { Throttle } from '../../core/throttle/throttle.js';
import { WrongCode } from './verification.errors.js';

/** What a code is mailed for: guesses of one kind are not cleared by a right code of another. */
export type CodePurpose = 'email' | 'confirmation' | 'login';

/** A thousand guesses a day find one of 20^8 codes in 70,000 years. */
const PER_HOLDER = limits('account', 10);
/** Whoever makes many accounts to guess at an address with all of them. */
const PER_NETWORK = limits('address', 60);

/** The brake on guesses of mailed codes. */
@Injectable()
export class CodeThrottle {
  constructor(private readonly throttle: Throttle) {}

  /**
   * Counts a try, then makes it; the one with the right code is not counted.
   *
   * @param holder whom the code was mailed for: an account's id, or a browser's
   * @param attempt throws WrongCode for a guess
   * @throws TooManyAttempts without making the try; TooBusy
   */
  async guard<T>(
    purpose: CodePurpose,
    holder: string,
    network: string | null,
    attempt: () => Promise<T>,
  ): Promise<T> {
    const perHolder = PER_HOLDER[purpose];
    const counted = await this.throttle.begin([perHolder, holder], [PER_NETWORK[purpose], network]);
    if (counted.refusal) {
      await counted.keep();
      throw new TooManyAttempts(counted.refusal.retryAfter);
    }
    try {
      const outcome = await attempt();
      await counted.clear(perHolder);
      return outcome;
    } catch (error) {
      await (error instanceof WrongCode ? counted.keep() : counted.withdraw());
      throw error;
    }
  }
}

function limits(of: string, tries: number): Readonly<Record<CodePurpose, Limit>> {
  const limit = (purpose: CodePurpose) => ({
    name: `${purpose}-code-${of}`,
    tries,
    window: 10 * MINUTE,
  });
  return {
    email: limit('email'),
    confirmation: limit('confirmation'),
    login: limit('login'),
  };
}
