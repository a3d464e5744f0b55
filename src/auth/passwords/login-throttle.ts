import { Injectable } from '@nestjs/common';
import { DAY, MINUTE } from '../../core/clock.js';
import { TooBusy, TooManyAttempts } from '../../core/domain-error.js';
import type { Attempt } from '../../core/throttle/attempt.js';
import type { Count, Limit } from '../../core/throttle/limit.js';
import { Throttle } from '../../core/throttle/throttle.js';
import type { TryOrigin } from '../session/known-device.js';

// The numbers: OWASP ASVS 6.1.1 and 6.3.1, NIST SP 800-63B-4 3.2.2. NIST wants a password disabled
// after 100 failures; strangers could then shut anybody out, so devices that have never logged in
// to the account are refused for a day instead, and known ones go on.
const GUESSES = { tries: 5, window: 5 * MINUTE };
const IN_A_ROW = { tries: 100, pause: DAY };

const PER_ADDRESS: Limit = { name: 'login-address', tries: 30, window: MINUTE };
/** Of strangers, by a user name or an address, whether an account has it or not. */
const PER_NAME: Limit = { name: 'login-name', ...GUESSES, inARow: IN_A_ROW };
/** Of strangers, by all names of an account and its other forms that take the password. */
const PER_ACCOUNT: Limit = { name: 'login-all-names', ...GUESSES, inARow: IN_A_ROW };
/**
 * The same counter where a name was typed: a wait for tries at the account's other name would tell that
 * there is one.
 */
const HIDDEN: Limit = { ...PER_ACCOUNT, atOnce: true };
const PER_DEVICE: Limit = { name: 'login-device', ...GUESSES };
/** Of all known devices of an account: whoever got in can make as many known as they like. */
const ALL_DEVICES: Limit = { ...PER_ACCOUNT, name: 'login-devices', tries: 4 * GUESSES.tries };

/** A try at a password. */
export interface PasswordTry {
  /** The account's id; for an unknown name whatever is its alone. */
  readonly account: string;
  /** The name as looked up; null when nobody typed one: the person is signed in. */
  readonly name: string | null;
  readonly origin: TryOrigin;
}

/** The one brake on every form that takes a password. */
@Injectable()
export class LoginThrottle {
  constructor(private readonly throttle: Throttle) {}

  /**
   * Counts a try, then makes it. A success clears the counts of name, account and device.
   *
   * What strangers see of a block tells of the name alone that they typed: when the account is closed by
   * guesses at its other name, a try is made against nothing and comes out wrong. Seen at both, a block
   * would tell that a name and an address are one account (CWE-204).
   *
   * @param attempt answers whether the password was right; not open: against nothing, with the same work
   * @returns `limit` for a try against nothing
   * @throws TooManyAttempts without making the try
   */
  async guard(
    { account, name, origin }: PasswordTry,
    attempt: (isOpen: boolean) => Promise<boolean>,
  ): Promise<'right' | 'wrong' | 'limit'> {
    const { network, device } = origin;
    const ofDevice: Count[] = [
      [PER_DEVICE, `${account} ${device}`],
      [ALL_DEVICES, account],
    ];
    const ofStranger: Count[] = [
      [PER_NAME, name],
      [name === null ? PER_ACCOUNT : HIDDEN, account],
    ];
    const counted = await this.throttle.begin(
      [PER_ADDRESS, network],
      ...(device === null ? ofStranger : ofDevice),
    );
    const { refusal } = counted;
    const isHidden = refusal?.limit === HIDDEN;
    if (refusal && !isHidden) {
      await counted.keep();
      throw new TooManyAttempts(refusal.retryAfter);
    }
    const right = await settled(counted, () => attempt(!refusal));
    if (refusal) return 'limit';
    return right ? 'right' : 'wrong';
  }
}

async function settled(counted: Attempt, attempt: () => Promise<boolean>): Promise<boolean> {
  try {
    const right = await attempt();
    if (right) await counted.clear(PER_NAME, PER_ACCOUNT, HIDDEN, PER_DEVICE, ALL_DEVICES);
    else await counted.keep();
    return right;
  } catch (error) {
    // Nothing was verified, so nothing was guessed.
    if (error instanceof TooBusy) await counted.withdraw();
    else await counted.keep();
    throw error;
  }
}
