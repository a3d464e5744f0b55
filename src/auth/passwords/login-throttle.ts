import { Injectable } from '@nestjs/common';
import { DAY, MINUTE, SECOND } from '../../core/clock.js';
import { TooBusy } from '../../core/domain-error.js';
import type { TryOrigin } from '../session/known-device.js';
import { type Limit, Throttle } from '../../core/throttle/throttle.js';

// The numbers: OWASP ASVS 6.1.1 and 6.3.1, NIST SP 800-63B-4 3.2.2. NIST wants a password disabled
// after 100 failures; strangers could then shut anybody out, so devices that have never logged in
// to the account are refused for a day instead, and known ones go on.
const PER_ACCOUNT: Limit = { name: 'login-account', tries: 5, window: (5 * MINUTE) / SECOND };
const IN_A_ROW: Limit = {
  name: 'login-streak',
  tries: 100,
  window: (90 * DAY) / SECOND,
  block: DAY / SECOND,
};
const PER_ADDRESS: Limit = { name: 'login-address', tries: 30, window: MINUTE / SECOND };
const REGISTRATIONS: Limit = {
  name: 'register-address',
  tries: 60,
  window: (10 * MINUTE) / SECOND,
};

/** The one brake on every form that takes a password. */
@Injectable()
export class LoginThrottle {
  constructor(private readonly throttle: Throttle) {}

  /**
   * Counts a try, then makes it. A success clears the account's counts.
   *
   * @param account whom the try is about: an id, or for an unknown account the name as looked up
   * @param attempt answers whether the password was right
   * @throws TooManyAttempts without making the try
   */
  async guard(
    account: string,
    origin: TryOrigin,
    attempt: () => Promise<boolean>,
  ): Promise<boolean> {
    const who = origin.device === null ? account : `${account} ${origin.device}`;
    const counted: [Limit, string | null][] = [
      [PER_ADDRESS, origin.network],
      [PER_ACCOUNT, who],
      [IN_A_ROW, who],
    ];
    // First, or the shorter limit would promise an earlier end.
    await this.throttle.demandOpen(IN_A_ROW, who);
    // One after the other: a try that one limit refuses is not counted by the next.
    for (const [limit, key] of counted) await this.throttle.consume(limit, key);
    try {
      const right = await attempt();
      if (right) {
        await this.throttle.refund(PER_ADDRESS, origin.network);
        await this.throttle.reset(PER_ACCOUNT, who);
        await this.throttle.reset(IN_A_ROW, who);
      }
      return right;
    } catch (error) {
      // Nothing was verified, so nothing was guessed.
      if (error instanceof TooBusy) {
        for (const [limit, key] of counted) await this.throttle.refund(limit, key);
      }
      throw error;
    }
  }

  /** Counts a registration tried from an address. @throws TooManyAttempts */
  async registration(network: string | null): Promise<void> {
    await this.throttle.consume(REGISTRATIONS, network);
  }
}
