import { Injectable } from '@nestjs/common';
import type { PendingLink } from './pending-link.js';
import { On } from '../../core/events.js';
import { Log } from '../../core/http/log.js';
import { IdentityUnlinked, UserDeleted } from '../../users/user.events.js';
import type { Identity, User } from '../../users/user.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { boundedFetch } from '../passport/bounded-fetch.js';
import { TokenSeal } from './token-seal.js';

/**
 * Takes the grant back at the provider when a link ends or comes to nothing. The person does not wait
 * for it, and a failure is a line in the log: what they asked for here is done.
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
    this.revokeOf(user, identity);
  }

  @On(UserDeleted)
  deleted({ user }: UserDeleted): void {
    for (const identity of user.identities) this.revokeOf(user, identity);
  }

  /** The person did not want the link: it belongs to no account. */
  declined({ provider, subject, sealedToken }: PendingLink): void {
    void this.revoke({ provider, subject }, sealedToken, 'none');
  }

  private revokeOf({ id, sealedTokens }: User, identity: Identity): void {
    void this.revoke(identity, sealedTokens?.[identity.provider], id);
  }

  private async revoke(
    identity: Identity,
    sealed: string | undefined,
    userId: string,
  ): Promise<void> {
    const active = this.registry.find(identity.provider);
    const { revocation } = active?.provider ?? {};
    const url = active?.endpoints.revocationURL;
    if (!active || !revocation || !url || sealed === undefined) return;
    const fields = { provider: identity.provider, userId };
    try {
      const token = this.seal.open(sealed, identity);
      if (token === null) throw new Error('The token was sealed under a secret that is gone');
      const { status } = await boundedFetch(revocation.request(token, active.client, url));
      if (status >= 300) throw new Error(`The provider answered ${status}`);
      this.log.event('grant-revoked', { ...fields, result: 'success' });
    } catch (error) {
      this.log.event('grant-revoked', {
        ...fields,
        level: 'warn',
        result: 'failure',
        cause: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
