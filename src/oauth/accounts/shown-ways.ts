import { basename } from 'node:path';
import { hasPassword, type User } from '../../users/user.js';
import type { ProviderRegistry } from '../providers/provider.registry.js';

/** A way into an account, there or on offer, as pages show it: they loop over a list and name no kind. */
export interface ShownWay {
  readonly id: string;
  /** What it is called in a sentence; one of the two is there. */
  readonly label?: string;
  readonly nameKey?: string;
  readonly icon?: string;
  /** Whether it opens the account now. */
  readonly opens: boolean;
  readonly linkedAt?: Date | undefined;
  /** The partial of its row on the settings page. */
  readonly row: string;
  /** The partial of the form by which it re-authenticates. */
  readonly form?: string;
  /** Instead of a form, a button leads to the provider. */
  readonly button?: true;
  /** Key of the words of the link to the login page, for a way that is used there. */
  readonly logInKey?: string;
}

/** @returns every way into the account, there or on offer; with what would open it without that one */
export function shownWays(
  user: User,
  registry: ProviderRegistry,
): (ShownWay & { others: readonly ShownWay[]; last: boolean })[] {
  const ways = [passwordWay(user), ...identityWays(user, registry)];
  const open = ways.filter(({ opens }) => opens);
  return ways.map((way) => {
    const others = open.filter((other) => other !== way);
    return { ...way, others, last: others.length === 0 };
  });
}

function passwordWay(user: User): ShownWay {
  return {
    id: 'password',
    nameKey: 'password.as-way-in',
    opens: hasPassword(user),
    row: 'ways/password-row',
    form: 'ways/password-form',
    logInKey: 'password.log-in',
  };
}

function identityWays(user: User, registry: ProviderRegistry): ShownWay[] {
  return registry.known.flatMap(({ id, label, icon }): ShownWay[] => {
    const linkedAt = user.identities.find(({ provider }) => provider === id)?.linkedAt;
    const usable = registry.find(id) !== null;
    // Nobody misses a provider that the site does not offer.
    if (!linkedAt && !usable) return [];
    const opens = linkedAt !== undefined && usable;
    return [
      { id, label, icon: basename(icon), opens, linkedAt, row: 'ways/identity-row', button: true },
    ];
  });
}
