import { Injectable } from '@nestjs/common';
import { On } from '../core/events.js';
import { Log } from '../core/http/log.js';
import { AccountEvent } from '../users/account.events.js';

/** Writes one line about each thing that happens to an account (OWASP ASVS 16.3.1). */
@Injectable()
export class AuthLog {
  constructor(private readonly log: Log) {}

  @On(AccountEvent)
  write({ name, result, accountId, facts, origin }: AccountEvent): void {
    const { requestId, address, userAgent } = origin ?? {};
    const userId = accountId ?? 'none';
    this.log.event(name, { result, userId, requestId, address, userAgent, ...facts });
  }
}
