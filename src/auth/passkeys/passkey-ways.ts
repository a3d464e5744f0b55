import { Injectable } from '@nestjs/common';
import { type SecondFactor, SecondFactors } from '../../users/factors/second-factors.js';
import type { Passkey } from '../../users/factors/passkey.js';
import type { User } from '../../users/user.js';
import type { StoredWay } from '../../users/user.repository.js';
import { type WayIn, WaysIn } from '../../users/ways-in.js';
import { SecondStepSettings } from '../second-step/second-step.settings.js';
import { Ceremonies } from './ceremonies.js';

/** The id of this way in, and of the second factor that it is after another one. */
export const PASSKEY = 'passkey';

const PAGE = '/settings/security/passkeys';

/** Contributes passkeys to the ways into an account, and to its second factors. */
@Injectable()
export class PasskeyWays {
  constructor(
    private readonly ceremonies: Ceremonies,
    private readonly settings: SecondStepSettings,
    private readonly waysIn: WaysIn,
    factors: SecondFactors,
  ) {
    waysIn.add((user) => [this.wayIn(user)]);
    factors.add((user) => this.factor(user));
  }

  /** Those that a browser finds at this site. */
  usable({ passkeys = [] }: User): Passkey[] {
    return passkeys.filter(({ rpId }) => rpId === this.ceremonies.rpId);
  }

  private wayIn(user: User): WayIn {
    const usable = this.usable(user);
    const each = new Map(usable.map((passkey) => [passkey.id, storedOf(passkey)]));
    const [first] = each.values();
    return {
      id: PASSKEY,
      label: { key: 'ways-in.passkey' },
      since: sinceOf(user.passkeys ?? []),
      opens: usable.length > 0,
      stored: first ?? null,
      each,
      available: true,
      settings: { page: PAGE },
      reauthentication: 'passkey',
    };
  }

  // The last way in stays: without it nobody could log in.
  private isReplaceable(user: User): boolean {
    return this.waysIn.opening(user).some(({ id }) => id !== PASSKEY);
  }

  private factor(user: User): SecondFactor {
    const usable = this.usable(user);
    const since = sinceOf(usable);
    const params = { count: usable.length };
    return {
      id: PASSKEY,
      label: { key: 'second-factors.passkey' },
      phrase: { key: 'second-factors.with-passkey' },
      instead: { key: 'second-step.instead-passkey' },
      state: { key: 'passkeys.state', params },
      since,
      // Where the site does not ask everybody, a passkey asks for no step by itself: a person who logs in by
      // password on a device without the passkey would be shut out.
      asks: this.settings.required,
      step: 'passkey',
      settings: { page: PAGE },
      order: 25,
      removal: usable.length > 0 && this.isReplaceable(user) ? { passkeys: null } : {},
    };
  }
}

function storedOf({ id, addedAt }: Passkey): StoredWay {
  return { kind: 'passkey', id, addedAt };
}

function sinceOf(passkeys: readonly Passkey[]): Date | null {
  const [first] = passkeys.map(({ addedAt }) => addedAt).toSorted((a, b) => Number(a) - Number(b));
  return first ?? null;
}
