import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Clock, DAY, MOST_AHEAD } from '../../core/clock.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import { isSame, signature } from '../../core/crypto/digests.js';
import { deriveKeys } from '../../core/crypto/keys.js';
import { randomToken } from '../../core/crypto/random.js';
import { SealSettings } from '../../core/crypto/seal.settings.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { cookieOf } from '../../core/http/cookies.js';
import { hostCookie } from '../../core/http/host-cookie.js';
import { isUndone } from '../../users/undo/undone.js';
import type { User } from '../../users/user.js';
import { WaysIn } from '../../users/ways-in.js';

const LIFETIME = 90 * DAY;
/** Accounts that one browser remembers; keeps the cookie below 600 bytes. */
const MAX_ACCOUNTS = 5;

/** Where a try at a password comes from. */
export interface TryOrigin {
  /** Address or network of the client; null: not known. */
  readonly network: string | null;
  /** A device that has logged in to this account before; null: a stranger. */
  readonly device: string | null;
}

/**
 * Remembers in a cookie which accounts a device has logged in to, so that a flood of wrong passwords
 * from elsewhere can't shut the owner out (OWASP "device cookies"). The cookie proves nothing else and
 * holds no account's name: each entry is a random id, a time in milliseconds and a seal over both, the
 * account and the way in. A mark ends with the way in that made it: whoever knew an old password, or had
 * an account elsewhere that was unlinked since, is a stranger again; so is whoever logged in during what an undo
 * has taken back.
 */
@Injectable()
export class KnownDevice {
  private readonly keys: readonly Buffer[];

  constructor(
    private readonly settings: CoreSettings,
    private readonly clock: Clock,
    private readonly waysIn: WaysIn,
    { secrets }: SealSettings,
  ) {
    this.keys = deriveKeys(secrets, 'known device');
  }

  /** @param user null when no account has the name */
  originAt(user: User | null, request: Request): TryOrigin {
    return { network: clientNetwork(request), device: user && this.idAt(user, request) };
  }

  /**
   * Marks the device as known at the account; call it after a login or a change of the password.
   *
   * @param method the id of the way in
   */
  remember(user: User, request: Request, method: string): void {
    const content = `${randomToken(12)}.${this.clock.now().getTime()}`;
    const [key] = this.keys;
    if (!key) return;
    const others = this.entries(request).filter((each) => !this.isOf(user, each));
    const mark = `${content}.${seal(key, content, user.id, method)}`;
    const entries = [mark, ...others].slice(0, MAX_ACCOUNTS);
    const { name, options } = hostCookie(this.settings, 'devices');
    request.res?.cookie(name, entries.join('~'), { ...options, maxAge: LIFETIME });
  }

  private idAt(user: User, request: Request): string | null {
    const entry = this.entries(request).find((each) => this.isOf(user, each));
    return entry?.split('.')[0] ?? null;
  }

  private entries(request: Request): string[] {
    const { name } = hostCookie(this.settings, 'devices');
    return (
      (cookieOf(request, name) ?? '')
        .split('~')
        .filter((entry) => /^[\w-]{16}\.\d{1,15}\.[\w-]{43}$/.test(entry))
        // A cookie of somebody's own making holds more, each of which costs work.
        .slice(0, MAX_ACCOUNTS)
    );
  }

  private isOf(user: User, entry: string): boolean {
    const [id, time, given = ''] = entry.split('.');
    const now = this.clock.now();
    const age = now.getTime() - Number(time);
    if (age > LIFETIME || age < -MOST_AHEAD) return false;
    // A thief's way in is gone, but the owner has one of the same kind.
    if (isUndone(user, new Date(Number(time)), now)) return false;
    const ways = this.waysIn
      .opening(user)
      .filter(({ since }) => since && since.getTime() <= Number(time));
    return ways.some((way) =>
      this.keys.some((key) => isSame(seal(key, `${id}.${time}`, user.id, way.id), given)),
    );
  }
}

function seal(key: Buffer, content: string, userId: string, method: string): string {
  return signature(key, `${content} ${userId} ${method}`);
}
