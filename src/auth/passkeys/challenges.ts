import { Injectable } from '@nestjs/common';
import { MINUTE } from '../../core/clock.js';
import { OneTimeRecords, type Purpose } from '../../core/one-time/one-time-records.js';
import type { Limit } from '../../core/throttle/limit.js';
import { Throttle } from '../../core/throttle/throttle.js';

/** Milliseconds in which a person finds their authenticator. */
export const CEREMONY_TIME = 5 * MINUTE;

/** A page that is loaded again and again keeps one each time; nobody begins a ceremony as often. */
const PER_HOLDER: Limit = { name: 'passkey-challenges', tries: 60, window: 10 * MINUTE };

/** What a challenge is for: one of one ceremony is none of another. */
export type Ceremony = 'log in' | 'second step' | 'confirm' | 'add' | 'register';

/** What is to be known again when the challenge comes back. */
export interface Challenged {
  /** Of the account that a passkey is made for. */
  readonly userHandle?: string;
}

/**
 * Challenges of passkeys (WebAuthn Level 3, section 13.4.3): one-time records whose tokens they are. Each
 * is spent by the first answer, whatever is wrong with that.
 */
@Injectable()
export class Challenges {
  constructor(
    private readonly records: OneTimeRecords,
    private readonly throttle: Throttle,
  ) {}

  /**
   * @param holder a browser, a session of an account, or a pending login
   * @returns base64url
   * @throws TooManyAttempts for a holder who asks too often; at a login that is whoever asks, who is limited by
   *   their address
   */
  async issue(ceremony: Ceremony, holder: string, challenged: Challenged = {}): Promise<string> {
    if (ceremony !== 'log in') await this.throttle.consume(PER_HOLDER, `${ceremony} ${holder}`);
    return this.records.issue(purposeOf(ceremony), holder, challenged);
  }

  /** @returns null for one that is unknown, spent, old, of another ceremony, or somebody else's */
  spend(ceremony: Ceremony, holder: string, challenge: string): Promise<Challenged | null> {
    return this.records.spend<Challenged>(purposeOf(ceremony), holder, challenge);
  }
}

function purposeOf(ceremony: Ceremony): Purpose {
  return { name: `passkey ${ceremony}`, lifetime: CEREMONY_TIME };
}
