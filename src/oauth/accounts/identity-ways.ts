import { Injectable } from '@nestjs/common';
import { basename } from 'node:path';
import { isFrom } from '../../users/identity.js';
import type { User } from '../../users/user.js';
import { type WayIn, WaysIn } from '../../users/ways-in.js';
import { nameOf, ProviderRegistry } from '../providers/provider.registry.js';

/** Contributes linked identities to the ways into an account. */
@Injectable()
export class IdentityWays {
  constructor(
    private readonly registry: ProviderRegistry,
    waysIn: WaysIn,
  ) {
    waysIn.add((user) => this.of(user));
  }

  private of({ identities }: User): WayIn[] {
    return this.registry.known.map((provider) => {
      const { id } = provider;
      const identity = identities.find((each) => each.provider === id);
      const active = this.registry.find(id);
      return {
        id,
        label: nameOf(provider),
        icon: basename(provider.icon, '.svg'),
        since: identity?.linkedAt ?? null,
        name: identity?.name,
        lastUsedAt: identity?.lastUsedAt,
        // The addresses of the provider may lead elsewhere by now, where its subjects are other people.
        opens: identity !== undefined && active !== null && isFrom(active.issuer, identity.key),
        stored: identity ? { kind: 'identity', ...identity } : null,
        available: active !== null,
        settings: { add: `/oauth/${id}/link`, remove: `/settings/identities/${id}/unlink` },
        reauthentication: { start: `/oauth/${id}/confirm` },
      };
    });
  }
}
