import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { MINUTE } from '../../core/clock.js';
import { isSame } from '../../core/crypto/digests.js';
import { randomToken } from '../../core/crypto/random.js';
import { Browser } from '../../core/one-time/browser.js';
import { OneTimeRecords, type Purpose } from '../../core/one-time/one-time-records.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { markOf } from '../../users/ways-in.js';
import { MAIL } from '../reauthentication/mailed-codes.js';
import type { Login } from '../second-step/login.js';
import { drawCode } from '../verification/verification-codes.js';
import { MailWay } from './mail-way.js';

/** NIST SP 800-63B-4 gives a code that is sent out of band ten minutes. */
const MAILED_LOGIN: Purpose = { name: 'mailed login', lifetime: 10 * MINUTE };

/** What opens a login: either of the two, once. */
export interface MailedSecrets {
  readonly code: string;
  /** Of the link. */
  readonly token: string;
}

/** What waits in a browser for a mail to be read. */
interface MailedLogin extends MailedSecrets {
  /** The account's id; null: there is none that gets mail, and nobody was sent the secrets. */
  readonly account: string | null;
  /** The way in as it was when the mail was asked for. */
  readonly asThen: string;
  readonly login: Login;
}

/** Whoever has read the mail, as the account is now, and the login that was asked for. */
export interface Opened {
  readonly user: User;
  readonly login: Login;
}

/**
 * Logins that wait for a mailed code or link, in the browser that asked: a one-time record that is found by
 * the browser's id. Each has one at most, so that a newer mail ends the older; a stranger who asks for mails
 * of the same account ends nothing here. The id alone opens nothing, so that a planted one is no danger.
 */
@Injectable()
export class MailedLogins {
  constructor(
    private readonly records: OneTimeRecords,
    private readonly browser: Browser,
    private readonly users: UsersService,
    private readonly mailWay: MailWay,
  ) {}

  /** @param user null: nobody gets the secrets; the same is written */
  async keep(request: Request, user: User | null, wish: Partial<Login>): Promise<MailedSecrets> {
    const secrets = { code: drawCode(), token: randomToken() };
    const asThen = user ? this.asNow(user) : '';
    const login = { ...wish, method: MAIL };
    const waiting: MailedLogin = { ...secrets, account: user?.id ?? null, asThen, login };
    const id = this.browser.identify(request);
    await this.records.issue(MAILED_LOGIN, id, waiting, id);
    return secrets;
  }

  /** @returns what waits in the browser, and by which id guesses at it are counted; null: nothing does */
  async find(
    request: Request,
  ): Promise<{ login: Login; account: string | null; id: string } | null> {
    const id = this.browser.idOf(request);
    const waiting = id === null ? null : await this.read(id);
    return id === null || waiting === null ? null : { ...waiting, id };
  }

  /** Whether the link was mailed for this browser, and waits still; looking spends nothing. */
  async knows(request: Request, token: string): Promise<boolean> {
    const id = this.browser.idOf(request);
    const waiting = id === null ? null : await this.read(id);
    return waiting !== null && isSame(waiting.token, token);
  }

  /**
   * Spends what waits in the browser: of several requests at once one gets it.
   *
   * @param given the code, as `codeAsMade` gives it, or the token of the link
   * @returns null when it does not wait here, or the address or the password has changed since
   */
  async spend(request: Request, given: Partial<MailedSecrets>): Promise<Opened | null> {
    const id = this.browser.idOf(request);
    // Read first: a wrong guess must not take the code from the person who is about to type it.
    const waiting = id === null ? null : await this.read(id);
    if (id === null || !waiting || !isRight(waiting, given)) return null;
    const spent = await this.records.spend<MailedLogin>(MAILED_LOGIN, id, id);
    // A newer one may have taken its place between the two.
    if (!spent || !isRight(spent, given) || spent.account === null) return null;
    const user = await this.users.findById(spent.account);
    return user && this.asNow(user) === spent.asThen ? { user, login: spent.login } : null;
  }

  private read(id: string): Promise<MailedLogin | null> {
    return this.records.read<MailedLogin>(MAILED_LOGIN, id, id);
  }

  private asNow(user: User): string {
    const { stored } = this.mailWay.of(user);
    return stored ? markOf(stored) : 'none';
  }
}

function isRight(waiting: MailedLogin, { code, token }: Partial<MailedSecrets>): boolean {
  if (code !== undefined) return isSame(waiting.code, code);
  return token !== undefined && isSame(waiting.token, token);
}
