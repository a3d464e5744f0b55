import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { Clock, DAY } from '../core/clock.js';
import { AppConfig } from '../core/config/app-config.js';
import { hostCookie } from '../core/session/session-cookie.js';

const LIFETIME = 90 * DAY;
/** Accounts that one browser remembers; keeps the cookie below 600 bytes. */
const MAX_ACCOUNTS = 5;

/**
 * Remembers in a cookie which accounts a device has logged in to, so that a flood of wrong passwords
 * from elsewhere can't shut the owner out (OWASP "device cookies"). The cookie proves nothing else and
 * holds no account's name: each entry is a random id, a day and a seal over both and the account.
 */
@Injectable()
export class KnownDevice {
  private readonly keys: readonly Buffer[];

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {
    this.keys = config.sessionSecrets.map((secret) =>
      Buffer.from(hkdfSync('sha256', secret, '', 'known device', 32)),
    );
  }

  /** @returns this device's id at the account, or null when it has never logged in to it */
  idAt(userId: string, request: Request): string | null {
    const entry = this.entries(request).find((each) => this.isSealed(each, userId));
    return entry?.split('.')[0] ?? null;
  }

  /** Marks the device as known at the account; call it after a login. */
  remember(userId: string, request: Request): void {
    const id = this.idAt(userId, request) ?? randomBytes(12).toString('base64url');
    const day = Math.floor(this.clock.now().getTime() / DAY);
    const content = `${id}.${day}`;
    const [key] = this.keys;
    if (!key) return;
    const others = this.entries(request).filter((each) => !this.isSealed(each, userId));
    const entries = [`${content}.${seal(key, content, userId)}`, ...others].slice(0, MAX_ACCOUNTS);
    const { name, options } = hostCookie(this.config, 'devices');
    request.res?.cookie(name, entries.join('~'), { ...options, maxAge: LIFETIME });
  }

  private entries(request: Request): string[] {
    const { name } = hostCookie(this.config, 'devices');
    const pairs = (request.get('cookie') ?? '').split(/; */);
    const value = pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
    return (value ?? '')
      .split('~')
      .filter((entry) => /^[\w-]{16}\.\d{1,6}\.[\w-]{43}$/.test(entry));
  }

  private isSealed(entry: string, userId: string): boolean {
    const [id, day, given = ''] = entry.split('.');
    const age = this.clock.now().getTime() - Number(day) * DAY;
    if (age > LIFETIME || age < -DAY) return false;
    return this.keys.some((key) =>
      timingSafeEqual(Buffer.from(seal(key, `${id}.${day}`, userId)), Buffer.from(given)),
    );
  }
}

function seal(key: Buffer, content: string, userId: string): string {
  return createHmac('sha256', key).update(`${content} ${userId}`).digest('base64url');
}
