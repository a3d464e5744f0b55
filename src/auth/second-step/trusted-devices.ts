import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Clock, DAY, MOST_AHEAD } from '../../core/clock.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import { digest } from '../../core/crypto/digests.js';
import { randomToken } from '../../core/crypto/random.js';
import { cookieOf } from '../../core/http/cookies.js';
import { hostCookie } from '../../core/http/host-cookie.js';
import { AccountChanges } from '../../users/account-changes.js';
import { DeviceForgotten, DeviceTrusted } from '../../users/factors/factor.events.js';
import type { TrustedDevice } from '../../users/factors/factors.js';
import type { BrowserName } from '../../users/session.js';
import type { SignedInUser, User } from '../../users/user.js';

const LIFETIME = 30 * DAY;
/** Of one account; a person has fewer browsers, and each request reads them. */
const MAX_DEVICES = 10;
/** Accounts that one browser remembers; keeps the cookie small. */
const MAX_ACCOUNTS = 5;

/**
 * Browsers in which a way in is enough for a time. Each has a secret in a cookie, and the account its hash.
 * A change of the password or of a factor ends them all: whoever came in before may have left a cookie.
 */
@Injectable()
export class TrustedDevices {
  constructor(
    private readonly settings: CoreSettings,
    private readonly changes: AccountChanges,
    private readonly clock: Clock,
  ) {}

  /** Those of an account that are still trusted, the newest first. */
  of(user: User): TrustedDevice[] {
    const { trustedDevices = [] } = user;
    return trustedDevices
      .filter((each) => this.isLiving(user, each))
      .toSorted((one, other) => other.trustedAt.getTime() - one.trustedAt.getTime());
  }

  has(user: User, request: Request): boolean {
    return this.idAt(user, request) !== null;
  }

  /** @returns the id of the device that asks; null when it is not trusted */
  idAt(user: User, request: Request): string | null {
    const [, secret] = this.entries(request).find(([userId]) => userId === user.id) ?? [];
    const id = secret === undefined ? null : digest(secret);
    return this.of(user).some((each) => each.id === id) ? id : null;
  }

  /**
   * @param user whose session asks: once it has ended, by a new password too, nothing is trusted
   * @param browser null: not known
   * @throws AccountChangedMeanwhile
   */
  async trust(user: SignedInUser, request: Request, browser: BrowserName | null): Promise<void> {
    const secret = randomToken();
    const others = this.entries(request).filter(([userId]) => userId !== user.id);
    const before = this.idAt(user, request);
    await this.changes.change(user, (current, now) => {
      const device = { id: digest(secret), trustedAt: now, ...(browser && { browser }) };
      const kept = this.of(current).filter(({ id }) => id !== before);
      return {
        change: { trustedDevices: [device, ...kept].slice(0, MAX_DEVICES) },
        event: new DeviceTrusted(current),
      };
    });
    const entries = [[user.id, secret], ...others].slice(0, MAX_ACCOUNTS);
    const { name, options } = hostCookie(this.settings, 'trusted');
    const value = entries.map((each) => each.join('.')).join('~');
    request.res?.cookie(name, value, { ...options, maxAge: LIFETIME });
  }

  /** @returns null when it was not trusted */
  forget(user: User, id: string): Promise<User | null> {
    return this.changes.change(user, (current) => {
      const kept = this.of(current).filter((each) => each.id !== id);
      return kept.length === this.of(current).length
        ? null
        : { change: { trustedDevices: kept }, event: new DeviceForgotten(current) };
    });
  }

  private isLiving(user: User, { trustedAt }: TrustedDevice): boolean {
    const { passwordChangedAt, factorsChangedAt } = user;
    const at = trustedAt.getTime();
    const age = this.clock.now().getTime() - at;
    const outlives = (change: Date | undefined) => !change || at >= change.getTime();
    const isYoung = age >= -MOST_AHEAD && age < LIFETIME;
    return isYoung && outlives(passwordChangedAt) && outlives(factorsChangedAt);
  }

  private entries(request: Request): string[][] {
    const { name } = hostCookie(this.settings, 'trusted');
    return (cookieOf(request, name) ?? '')
      .split('~')
      .filter((entry) => /^[\da-f]{24}\.[\w-]{32}$/.test(entry))
      .map((entry) => entry.split('.'))
      .slice(0, MAX_ACCOUNTS);
  }
}
