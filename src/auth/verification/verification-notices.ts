import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { MINUTE, SECOND } from '../../core/clock.js';
import { TooBusy, TooManyAttempts } from '../../core/domain-error.js';
import { Mails } from '../../core/mail/mails.js';
import type { SeeOther } from '../../core/pages/page.js';
import type { Verification } from '../../users/emails.service.js';
import type { User } from '../../users/user.js';
import { EmailVerification } from './email-verification.js';
import { unverifiedEmail } from './unverified-email.js';

/** What the next page says of the verification of an address. */
@Injectable()
export class VerificationNotices {
  constructor(
    private readonly verification: EmailVerification,
    private readonly mails: Mails,
  ) {}

  /** Mails the link and the code, where the address needs it; a limit that is reached fails nothing else. */
  async sent(to: SeeOther, user: User, request: Request): Promise<SeeOther> {
    const email = unverifiedEmail(user);
    if (!this.mails.available || email === undefined) return to;
    try {
      await this.verification.send(user, email, request);
      return to.with('info', 'verification-sent', { email });
    } catch (error) {
      if (!(error instanceof TooManyAttempts || error instanceof TooBusy)) throw error;
      const minutes = Math.ceil((error.retryAfter * SECOND) / MINUTE);
      return to.with('warning', 'verification-later', { minutes });
    }
  }

  verified(to: SeeOther, outcome: Verification): SeeOther {
    if (outcome === 'verified') return to.with('success', 'email-verified');
    return to.with('warning', outcome === 'taken' ? 'email-verified-elsewhere' : 'email-gone');
  }
}
