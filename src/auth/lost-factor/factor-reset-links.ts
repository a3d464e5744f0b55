import { Injectable } from '@nestjs/common';
import { CoreSettings } from '../../core/config/core.settings.js';
import { isSame, signature } from '../../core/crypto/digests.js';
import { deriveKeys } from '../../core/crypto/keys.js';
import { SealSettings } from '../../core/crypto/seal.settings.js';
import { FactorResets } from '../../users/factors/factor-resets.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';

/** What the page of a link does. */
export type ResetLink = 'cancel' | 'finish';

/**
 * The links in mails about a request. The account keeps the request, and both tokens follow from it by keys
 * of their own: a mail that is made twice after a crash has the same links, and the write that ends the
 * request ends them.
 */
@Injectable()
export class FactorResetLinks {
  private readonly keys: Readonly<Record<ResetLink, readonly Buffer[]>>;

  constructor(
    private readonly users: UsersService,
    private readonly resets: FactorResets,
    private readonly core: CoreSettings,
    { secrets }: SealSettings,
  ) {
    this.keys = {
      cancel: deriveKeys(secrets, 'cancel a factor reset'),
      finish: deriveKeys(secrets, 'finish a factor reset'),
    };
  }

  /** @returns the address that a mail leads to */
  address(kind: ResetLink, accountId: string, askedAt: Date): string {
    const [token = ''] = this.tokens(kind, accountId, askedAt);
    return `${this.core.baseUrl}/login/lost-factor/${kind}?token=${token}`;
  }

  /** @returns the account whose request the token is for, while the link works; looking spends nothing */
  async accountOf(kind: ResetLink, token: string): Promise<User | null> {
    const [, accountId] = /^([\da-f]{24})\.[\w-]{43}$/.exec(token) ?? [];
    const user = accountId === undefined ? null : await this.users.findById(accountId);
    const stage = user && this.resets.stageOf(user);
    if (!user?.factorReset || !stage || (kind === 'finish' && stage !== 'open')) return null;
    const own = this.tokens(kind, user.id, user.factorReset.askedAt);
    return own.some((each) => isSame(each, token)) ? user : null;
  }

  private tokens(kind: ResetLink, accountId: string, askedAt: Date): string[] {
    const request = `${accountId} ${askedAt.toISOString()}`;
    return this.keys[kind].map((key) => `${accountId}.${signature(key, request)}`);
  }
}
