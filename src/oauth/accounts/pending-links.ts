import { Injectable } from '@nestjs/common';
import { Clock, MINUTE } from '../../core/clock.js';
import type { PendingLink } from './pending-link.js';
import type { User } from '../../users/user.js';
import type { Proved } from '../providers/oauth-provider.js';
import { cutName } from './profile-fields.js';
import { TokenSeal } from './token-seal.js';

/** How long a proved identity waits for the account's person to log in and agree. */
const WAITING_TIME = 10 * MINUTE;

/** What a proved identity is while it waits in the session: as little as a link or an account needs. */
@Injectable()
export class PendingLinks {
  constructor(
    private readonly seal: TokenSeal,
    private readonly clock: Clock,
  ) {}

  /**
   * @param email vouched for by the provider
   * @param owner of that address here
   * @param next where the person wanted to go, vetted
   */
  make({ profile, token }: Proved, email: string, owner: User, next: string | null): PendingLink {
    const { provider, subject, name, login } = profile;
    return {
      provider,
      subject,
      name: cutName(name),
      login: cutName(login),
      email,
      next,
      userId: owner.id,
      expiresAt: new Date(this.clock.now().getTime() + WAITING_TIME),
      ...(token !== null && { sealedToken: this.seal.seal(token, { provider, subject }) }),
    };
  }

  /** @returns what the provider proved when the wait began */
  provedBy({ provider, subject, name, login, email, sealedToken }: PendingLink): Proved {
    const token = sealedToken && this.seal.open(sealedToken, { provider, subject });
    return {
      profile: { provider, subject, name, login, verifiedEmail: email },
      token: token ?? null,
    };
  }
}
