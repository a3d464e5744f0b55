import { Injectable } from '@nestjs/common';
import { Mails } from '../../core/mail/mails.js';
import type { ClaimObstacle } from '../../users/email-claims.js';
import type { User } from '../../users/user.js';
import { VerificationSettings } from './verification.settings.js';

/** Who must verify an address before anything else. */
@Injectable()
export class VerificationPolicy {
  /** The obstacles at which an account gets an address without a claim, and waits for its verification. */
  readonly waits: readonly ClaimObstacle[];

  constructor(
    private readonly settings: VerificationSettings,
    private readonly mails: Mails,
  ) {
    // Without mail nobody could end the wait.
    const full: ClaimObstacle[] = mails.available ? ['full'] : [];
    this.waits = settings.required ? [...full, 'verified'] : full;
  }

  /** Whether another address waits until it is verified: as long as there is a verified one to lose. */
  asksFirst({ emailVerifiedAt }: User): boolean {
    return emailVerifiedAt !== undefined && this.mails.available;
  }

  /** Whether the account gets nothing but the page that verifies its address. */
  isRestricted({ email, emailPlace, emailVerifiedAt }: User): boolean {
    if (this.settings.required) return emailVerifiedAt === undefined;
    return email !== undefined && emailPlace === undefined;
  }
}
