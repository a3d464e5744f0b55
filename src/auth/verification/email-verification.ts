import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Clock, DAY } from '../../core/clock.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import { isSame } from '../../core/crypto/digests.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { Mails } from '../../core/mail/mails.js';
import { LatestTokens } from '../../core/one-time/latest-tokens.js';
import type { Purpose } from '../../core/one-time/one-time-records.js';
import { EmailClaims } from '../../users/email-claims.js';
import { EmailsService, type Verification } from '../../users/emails.service.js';
import { canonicalEmail } from '../../users/names/email-address.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import type { BrowserName } from '../../users/session.js';
import { browserOf } from '../session/browser-name.js';
import { CodeThrottle } from './code-throttle.js';
import { unverifiedEmail } from './unverified-email.js';
import { codeToRead, drawCode } from './verification-codes.js';
import { WrongCode } from './verification.errors.js';

/** The mail may lie over a night. */
const VERIFY_EMAIL: Purpose = { name: 'verify email', lifetime: 1 * DAY };

/** What waits for the person who reads the mail: link and code are two ways to one record. */
interface Sent {
  readonly email: string;
  readonly code: string;
  /** ISO date. */
  readonly askedAt: string;
  /** Of whoever asked for the mail; null: not known. */
  readonly browser: BrowserName | null;
}

/** What a link is about. */
export interface Question extends Omit<Sent, 'code'> {
  readonly user: User;
}

/**
 * Finds out by a mail whether a person reads the mails to their address. An account has one record at
 * most, so that a newer mail kills the older; it is sealed, so that a copy of the database tells no code.
 */
@Injectable()
export class EmailVerification {
  constructor(
    private readonly users: UsersService,
    private readonly emails: EmailsService,
    private readonly claims: EmailClaims,
    private readonly tokens: LatestTokens,
    private readonly mails: Mails,
    private readonly limits: MailLimits,
    private readonly throttle: CodeThrottle,
    private readonly clock: Clock,
    private readonly core: CoreSettings,
  ) {}

  /**
   * Mails a link and a code to an address that an account has, or is to have. Where another account has verified it, its
   * person is told instead, and nothing that a stranger sees is different (CWE-204).
   *
   * @throws TooManyAttempts, TooBusy
   */
  async send(user: User, email: string, request: Request): Promise<void> {
    await this.limits.count(canonicalEmail(email), clientNetwork(request));
    const sent: Sent = {
      email,
      code: drawCode(),
      askedAt: this.clock.now().toISOString(),
      browser: await browserOf(request),
    };
    const token = await this.tokens.issue(VERIFY_EMAIL, user.id, sent);
    const owner = await this.claims.owner(email);
    const { baseUrl } = this.core;
    if (owner && owner.id !== user.id) {
      const data = { username: owner.username, link: `${baseUrl}/login` };
      await this.mails.send({ kind: 'address-in-use', to: owner.email ?? email, data });
      return;
    }
    const data = {
      accountId: user.id,
      username: user.username,
      link: `${baseUrl}/email/confirm?token=${token}`,
      code: codeToRead(sent.code),
    };
    await this.mails.send({ kind: 'verify-email', to: email, data });
  }

  /** @returns what the link asks, which spends nothing; null for a token that is spent, old or none of ours */
  async ask(token: string): Promise<Question | null> {
    const held = await this.tokens.read<Sent>(VERIFY_EMAIL, token);
    if (!held) return null;
    const user = await this.users.findById(held.holder);
    const { email, askedAt, browser } = held.payload;
    // The address may have been changed since, by a request whose own mail was not sent: not even another
    // spelling of it was mailed, which some hosts tell apart.
    if (!user || unverifiedEmail(user) !== email) return null;
    return { user, email, askedAt, browser };
  }

  /** The person who reads the mails says that the account is theirs. @returns null as `ask` does */
  async confirm(token: string): Promise<Verification | null> {
    const question = await this.spend(token);
    return question && this.emails.verify(question.user, question.email);
  }

  /** The person who reads the mails says that the account is not theirs. @returns the account, or null as `ask` does */
  async disown(token: string): Promise<User | null> {
    const question = await this.spend(token);
    if (!question) return null;
    const { user, email } = question;
    if (user.emailVerifiedAt) await this.emails.cancel(user, email, 'mailbox');
    else await this.claims.release(user, email);
    return user;
  }

  /**
   * The person signed in typed the code of the mail.
   *
   * @param code as `codeAsMade` gives it
   * @throws WrongCode, TooManyAttempts, TooBusy
   */
  async redeem(user: User, code: string, request: Request): Promise<Verification> {
    return this.throttle.guard('email', user.id, clientNetwork(request), async () => {
      const held = await this.tokens.latest<Sent>(VERIFY_EMAIL, user.id);
      // As in `ask`.
      const { email } = held?.payload ?? {};
      const isRight = email === unverifiedEmail(user) && isSame(held?.payload.code ?? '', code);
      if (!held || !isRight) throw new WrongCode();
      if (!(await this.tokens.spend(VERIFY_EMAIL, held.token))) throw new WrongCode();
      return this.emails.verify(user, held.payload.email);
    });
  }

  private async spend(token: string): Promise<Question | null> {
    const question = await this.ask(token);
    if (!question) return null;
    return (await this.tokens.spend(VERIFY_EMAIL, token)) ? question : null;
  }
}
