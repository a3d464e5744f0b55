import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { isSame } from '../../core/crypto/digests.js';
import { TooManyAttempts } from '../../core/domain-error.js';
import { Events } from '../../core/events.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { Mails } from '../../core/mail/mails.js';
import { OneTimeRecords, type Purpose } from '../../core/one-time/one-time-records.js';
import { canonicalEmail } from '../../users/names/email-address.js';
import type { SignedInUser, User } from '../../users/user.js';
import { type WayIn, WaysIn } from '../../users/ways-in.js';
import { browserName } from '../session/browser-name.js';
import { ReauthenticationFailed } from '../session/session.events.js';
import { CodeThrottle } from '../verification/code-throttle.js';
import { codeToRead, drawCode } from '../verification/verification-codes.js';
import { WrongCode } from '../verification/verification.errors.js';
import { WrongConfirmationCode } from './reauthentication.errors.js';
import { REAUTHENTICATION_WINDOW } from './reauthentication.js';

/** The method that a session keeps of it. */
export const MAIL = 'mail';

const CONFIRMATION: Purpose = { name: 'confirmation code', lifetime: REAUTHENTICATION_WINDOW };

interface Sent {
  readonly email: string;
  readonly code: string;
}

/**
 * Re-authentication by a code that is mailed to the verified address. The one-time record is found by the
 * session that asked: each has one at most, so that a newer code kills the older, and a code of another
 * session, or whoever was sent one by a stranger's doing, proves nothing here.
 */
@Injectable()
export class MailedCodes {
  constructor(
    private readonly records: OneTimeRecords,
    private readonly mails: Mails,
    private readonly limits: MailLimits,
    private readonly throttle: CodeThrottle,
    private readonly events: Events,
    private readonly waysIn: WaysIn,
  ) {}

  /** Whether the account has a mailbox that is known to be its person's. */
  isFor({ email, emailVerifiedAt }: User): boolean {
    return this.mails.available && email !== undefined && emailVerifiedAt !== undefined;
  }

  /**
   * Mails a code to the verified address; ask `isFor` before.
   *
   * @throws TooManyAttempts, TooBusy
   */
  async send(user: SignedInUser, request: Request): Promise<void> {
    const { id, email, username, session } = user;
    if (email === undefined || !this.isFor(user)) throw new Error('Ask `isFor` before');
    await this.limits.count(canonicalEmail(email), clientNetwork(request));
    const sent: Sent = { email, code: drawCode() };
    await this.records.issue(CONFIRMATION, id, sent, session.id);
    const browser = await browserName(request.get('user-agent') ?? '');
    const data = { username, code: codeToRead(sent.code), browser };
    await this.mails.send({ kind: 'confirmation-code', to: email, data });
  }

  /**
   * Mails a code where nothing else would re-authenticate: there is nothing to choose. While one waits to
   * be typed it stays the newest.
   *
   * @returns whether a code waits to be typed
   */
  async sendIfOnlyWay(user: SignedInUser, request: Request): Promise<boolean> {
    const others = this.waysIn.opening(user).filter((way) => !isByMail(way));
    if (others.length > 0 || !this.isFor(user)) return false;
    if (await this.isAwaited(user)) return true;
    try {
      await this.send(user, request);
      return true;
    } catch (error) {
      // The button on the page that asks says when again.
      if (error instanceof TooManyAttempts) return false;
      throw error;
    }
  }

  /** Whether a code waits to be typed by this browser. */
  async isAwaited({ id, session }: SignedInUser): Promise<boolean> {
    return (await this.records.read(CONFIRMATION, id, session.id)) !== null;
  }

  /**
   * @param code as `codeAsMade` gives it
   * @throws WrongConfirmationCode, TooManyAttempts, TooBusy
   */
  async verify(user: SignedInUser, code: string, request: Request): Promise<void> {
    const network = clientNetwork(request);
    try {
      await this.throttle.guard('confirmation', user.id, network, () => this.spend(user, code));
    } catch (error) {
      const reason = reasonOf(error);
      if (reason) {
        await this.events.publish(new ReauthenticationFailed(user.id, request.path, reason));
      }
      throw error;
    }
  }

  private async spend(user: SignedInUser, code: string): Promise<void> {
    const { id, email, emailVerifiedAt, session } = user;
    const held = await this.records.read<Sent>(CONFIRMATION, id, session.id);
    // The address may have been changed since.
    const isOwn = emailVerifiedAt !== undefined && held?.email === email;
    if (!held || !isOwn || !isSame(held.code, code)) throw new WrongConfirmationCode();
    // Of several tries at once one gets it, and of a newer code nothing is taken for the older.
    const spent = await this.records.spend<Sent>(CONFIRMATION, id, session.id);
    if (!isSame(spent?.code ?? '', code)) throw new WrongConfirmationCode();
  }
}

function isByMail({ reauthentication }: WayIn): boolean {
  return typeof reauthentication === 'object' && 'mail' in reauthentication;
}

function reasonOf(error: unknown): string | null {
  if (error instanceof TooManyAttempts) return 'limit';
  return error instanceof WrongCode ? 'wrong-code' : null;
}
