import { Injectable } from '@nestjs/common';
import { MINUTE } from '../../core/clock.js';
import { TooManyAttempts } from '../../core/domain-error.js';
import type { Limit } from '../../core/throttle/limit.js';
import { Throttle } from '../../core/throttle/throttle.js';
import { RegistrationSettings } from './registration.settings.js';

const WINDOW = 10 * MINUTE;
/** Each form tells whether somebody has the names in it (CWE-204), and people need a few of them. */
const FORMS_PER_REGISTRATION = 3;

/** The brake on registrations from one address: a school's or an office's is that of many people. */
@Injectable()
export class RegistrationThrottle {
  private readonly forms: Limit;
  private readonly registrations: Limit;

  constructor(
    private readonly throttle: Throttle,
    { perAddress }: RegistrationSettings,
  ) {
    const tries = FORMS_PER_REGISTRATION * perAddress;
    this.forms = { name: 'register-form-address', tries, window: WINDOW };
    this.registrations = { name: 'register-address', tries: perAddress, window: WINDOW };
  }

  /** Counts a form that asks for names. @throws TooManyAttempts */
  async form(network: string | null): Promise<void> {
    await this.throttle.consume(this.forms, network);
  }

  /**
   * Makes an account. Only one that comes about is counted.
   *
   * @throws TooManyAttempts without making it; TooBusy
   */
  async register<T>(network: string | null, make: () => Promise<T>): Promise<T> {
    const counted = await this.throttle.begin([this.registrations, network]);
    if (counted.refusal) throw new TooManyAttempts(counted.refusal.retryAfter);
    try {
      const made = await make();
      await counted.keep();
      return made;
    } catch (error) {
      await counted.withdraw();
      throw error;
    }
  }
}
