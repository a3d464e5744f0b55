import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { Clock, DAY } from '../../core/clock.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import { hostCookie } from '../../core/http/host-cookie.js';
import type { User } from '../../users/user.js';
import { SessionSettings } from './session.settings.js';

const LIFETIME = 90 * DAY;
/** Accounts that one browser remembers; keeps the cookie below 600 bytes. */
const MAX_ACCOUNTS = 5;
/**
 * Whoever knew an old password may have made many devices known with it: all from before the last
 * change count as one, or each would be guesses more at the new password.
 */
const EARLIER = 'earlier';

/**
 * Remembers in a cookie which accounts a device has logged in to, so that a flood of wrong passwords
 * from elsewhere can't shut the owner out (OWASP "device cookies"). The cookie proves nothing else and
 * holds no account's name: each entry is a random id, a time in milliseconds and a seal over both and
 * the account.
 */
@Injectable()
export class KnownDevice {
  private readonly keys: readonly Buffer[];

  constructor(
    private readonly settings: CoreSettings,
    private readonly clock: Clock,
    { secrets }: SessionSettings,
  ) {
    this.keys = secrets.map((secret) =>
      Buffer.from(hkdfSync('sha256', secret, '', 'known device', 32)),
    );
  }

  /** @returns this device's id at the account, or null when it has never logged in to it */
  idAt({ id: userId, passwordChangedAt }: User, request: Request): string | null {
    const entry = this.entries(request).find((each) => this.isSealed(each, userId));
    if (entry === undefined) return null;
    const [id = '', time] = entry.split('.');
    return passwordChangedAt && Number(time) < passwordChangedAt.getTime() ? EARLIER : id;
  }

  /** Marks the device as known at the account; call it after a login or a change of the password. */
  remember({ id: userId }: User, request: Request): void {
    const content = `${randomBytes(12).toString('base64url')}.${this.clock.now().getTime()}`;
    const [key] = this.keys;
    if (!key) return;
    const others = this.entries(request).filter((each) => !this.isSealed(each, userId));
    const entries = [`${content}.${seal(key, content, userId)}`, ...others].slice(0, MAX_ACCOUNTS);
    const { name, options } = hostCookie(this.settings, 'devices');
    request.res?.cookie(name, entries.join('~'), { ...options, maxAge: LIFETIME });
  }

  private entries(request: Request): string[] {
    const { name } = hostCookie(this.settings, 'devices');
    const pairs = (request.get('cookie') ?? '').split(/; */);
    const value = pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
    return (value ?? '')
      .split('~')
      .filter((entry) => /^[\w-]{16}\.\d{1,15}\.[\w-]{43}$/.test(entry));
  }

  private isSealed(entry: string, userId: string): boolean {
    const [id, time, given = ''] = entry.split('.');
    const age = this.clock.now().getTime() - Number(time);
    if (age > LIFETIME || age < -DAY) return false;
    return this.keys.some((key) =>
      timingSafeEqual(Buffer.from(seal(key, `${id}.${time}`, userId)), Buffer.from(given)),
    );
  }
}

function seal(key: Buffer, content: string, userId: string): string {
  return createHmac('sha256', key).update(`${content} ${userId}`).digest('base64url');
}
