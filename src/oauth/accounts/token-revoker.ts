import { Injectable } from '@nestjs/common';
import { On } from '../../core/events.js';
import { Log } from '../../core/http/log.js';
import {
  AccountRecovered,
  AccountUndone,
  IdentityUnlinked,
  UserDeleted,
} from '../../users/account.events.js';
import type { LinkedIdentity } from '../../users/identity.js';
import type { User } from '../../users/user.js';
import { boundedFetch } from '../passport/bounded-fetch.js';
import type { VerifiedIdentity } from '../providers/oauth-provider.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { TokenSeal } from './token-seal.js';

/**
 * Revokes the token at the provider when a link ends or comes to nothing (RFC 7009). The person does not
 * wait for it, and a failure is a line in the log: what they asked for here is done.
 */
@Injectable()
export class TokenRevoker {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly seal: TokenSeal,
    private readonly log: Log,
  ) {}

  @On(IdentityUnlinked)
  unlinked({ user, identity }: IdentityUnlinked): void {
    const linked = user.identities.find(({ key }) => key === identity.key);
    if (linked) this.revokeOf(user, linked);
  }

  @On(AccountRecovered)
  @On(AccountUndone)
  removed({ user, removed }: AccountRecovered | AccountUndone): void {
    for (const identity of removed) this.revokeOf(user, identity);
  }

  @On(UserDeleted)
  deleted({ user }: UserDeleted): void {
    for (const identity of user.identities) this.revokeOf(user, identity);
  }

  /** The person did not want the link: it belongs to no account. */
  declined({ identity, token }: VerifiedIdentity): void {
    if (token !== null) void this.revoke(identity.provider, () => token, 'none');
  }

  private revokeOf({ id }: User, { provider, key, sealedToken }: LinkedIdentity): void {
    if (sealedToken === undefined) return;
    void this.revoke(provider, () => this.seal.open(sealedToken, key), id);
  }

  private async revoke(
    provider: string,
    tokenOf: () => string | null,
    userId: string,
  ): Promise<void> {
    const active = this.registry.find(provider);
    const { revocation } = active?.provider ?? {};
    const url = active?.endpoints.revocationURL;
    if (!active || !revocation || !url) return;
    try {
      const token = tokenOf();
      if (token === null) throw new Error('The token was sealed under a secret that is gone');
      const { status } = await boundedFetch(revocation.request(token, active.client, url));
      if (status >= 300) throw new Error(`The provider answered ${status}`);
      this.log.event('token-revoked', { provider, userId, result: 'success' });
    } catch (error) {
      this.log.event('token-revoked', {
        provider,
        userId,
        level: 'warn',
        result: 'failure',
        cause: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
