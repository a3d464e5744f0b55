import { Injectable } from '@nestjs/common';
import { DAY, HOUR, MINUTE } from '../clock.js';
import { DomainError, TooManyAttempts } from '../domain-error.js';
import type { Count, Limit } from '../throttle/limit.js';
import { Throttle } from '../throttle/throttle.js';

/** Each step is reached only by who goes on after the pause of the one before: so pauses grow. */
const STEPS = [
  { name: 'minutes', window: 10 * MINUTE, times: 1 },
  { name: 'hour', window: HOUR, times: 2 },
  { name: 'day', window: DAY, times: 4 },
];
/** Mails to one address: who does not find the first asks again. */
const TO_ADDRESS = limitsOf('mail-to', 5);
/** Mails that one network asks for: a school's is that of many people. */
const FROM_NETWORK = limitsOf('mail-from', 30);

/** Links can't be guessed; who tries all the same is slowed down. */
const LINKS: Limit = { name: 'mailed-link-address', tries: 60, window: 10 * MINUTE };

/** The brake on mails that strangers ask for (BF-12); a notice that nobody asked for passes none. */
@Injectable()
export class MailLimits {
  constructor(private readonly throttle: Throttle) {}

  /**
   * Counts a mail before it is sent.
   *
   * @param network of the client; null: unknown, so that nothing is counted for it
   * @throws TooManyAttempts; TooBusy
   */
  async count(to: string, network: string | null): Promise<void> {
    const counts = [
      ...TO_ADDRESS.map((limit): Count => [limit, to]),
      ...FROM_NETWORK.map((limit): Count => [limit, network]),
    ];
    const attempt = await this.throttle.begin(...counts);
    if (!attempt.refusal) return attempt.keep();
    await attempt.withdraw();
    throw new TooManyAttempts(attempt.refusal.retryAfter);
  }

  /**
   * Counts a form that a mailed link has led to, then does what it asks for; a link that was good is not
   * counted.
   *
   * @param network of the client; null: unknown, so that nothing is counted
   * @param work answers null, or throws a domain error, for a link that is none
   * @throws TooManyAttempts without doing it; TooBusy
   */
  async tryLink<T>(network: string | null, work: () => Promise<T | null>): Promise<T | null> {
    const attempt = await this.throttle.begin([LINKS, network]);
    if (attempt.refusal) {
      await attempt.keep();
      throw new TooManyAttempts(attempt.refusal.retryAfter);
    }
    try {
      const outcome = await work();
      await (outcome === null ? attempt.keep() : attempt.withdraw());
      return outcome;
    } catch (error) {
      await (error instanceof DomainError ? attempt.keep() : attempt.withdraw());
      throw error;
    }
  }

  /**
   * As `count`, for an address that nobody has typed: a refusal would tell that there is one.
   *
   * @returns whether the mail may go
   * @throws TooBusy
   */
  async permits(to: string): Promise<boolean> {
    try {
      await this.count(to, null);
      return true;
    } catch (error) {
      if (error instanceof TooManyAttempts) return false;
      throw error;
    }
  }
}

function limitsOf(name: string, mails: number): Limit[] {
  return STEPS.map((step) => ({
    name: `${name}-${step.name}`,
    tries: mails * step.times,
    window: step.window,
  }));
}
