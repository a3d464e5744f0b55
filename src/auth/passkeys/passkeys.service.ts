import { Injectable } from '@nestjs/common';
import { digest, isSame } from '../../core/crypto/digests.js';
import { Events } from '../../core/events.js';
import { AccountChanges } from '../../users/account-changes.js';
import type { AccountEvent } from '../../users/account.events.js';
import type { Passkey } from '../../users/factors/passkey.js';
import { PasskeyAdded, PasskeyCopied, PasskeyRemoved } from '../../users/factors/factor.events.js';
import type { SessionChange } from '../../users/session.js';
import { PasskeyTaken } from '../../users/user.errors.js';
import type { User } from '../../users/user.js';
import { keepingFormer } from '../../users/factors/former-factors.js';
import { PasskeyOwners } from '../../users/factors/passkey-owners.js';
import { WaysIn } from '../../users/ways-in.js';
import { SecondStepPolicy } from '../second-step/second-step-policy.js';
import { type Assertion, Ceremonies, type MadePasskey, type Place } from './ceremonies.js';
import { LastPasskey, PasskeyRefused, TooManyPasskeys } from './passkey.errors.js';
import { demandAhead, type TakenPasskey, type UsedPasskey, useOf } from './passkey-use.js';
import { PASSKEY } from './passkey-ways.js';

/** Of one account: a person has fewer devices, and each request reads them. */
const MAX_PASSKEYS = 20;

/** Makes the event that tells why a passkey opened nothing. */
type Failed = (accountId: string | null, reason: string) => AccountEvent;

/** Passkeys of accounts: added, used, named, removed. */
@Injectable()
export class PasskeysService {
  constructor(
    private readonly owners: PasskeyOwners,
    private readonly changes: AccountChanges,
    private readonly waysIn: WaysIn,
    private readonly policy: SecondStepPolicy,
    private readonly ceremonies: Ceremonies,
    private readonly events: Events,
  ) {}

  /**
   * @param sessions what it does to them
   * @throws PasskeyTaken, TooManyPasskeys, PasskeyRefused, AccountChangedMeanwhile
   */
  add(user: User, { passkey, userHandle }: MadePasskey, sessions: SessionChange): Promise<User> {
    return this.changes.change(user, (current, now) => {
      const { passkeys = [], passkeyUserHandle = userHandle } = current;
      if (passkeys.some(({ id }) => id === passkey.id)) throw new PasskeyTaken();
      if (passkeys.length >= MAX_PASSKEYS) throw new TooManyPasskeys();
      // Another tab has made the first one meanwhile: an authenticator would keep two people apart.
      if (passkeyUserHandle !== userHandle) throw new PasskeyRefused('changed');
      const added = [...passkeys, { ...passkey, addedAt: now }];
      const change = { ...endingTrust(now), passkeys: added, passkeyUserHandle };
      return {
        change: { ...change, sessions: withFactor(sessions, now) },
        event: new PasskeyAdded(current),
      };
    });
  }

  /**
   * Takes an assertion, once.
   *
   * @param whose account it must be of
   * @returns the account with the use noted
   * @throws PasskeyRefused, AccountChangedMeanwhile
   */
  use(place: Place, sent: string, whose: User, failed: Failed): Promise<UsedPasskey> {
    return this.take(place, sent, whose, failed, async ({ use, ...used }) => ({
      ...used,
      user: await this.changes.change(used.user, use),
    }));
  }

  /**
   * As `use`, where more happens by the write that notes the use.
   *
   * @param whose account it must be of; null: whichever it opens
   * @param finish makes that write
   * @throws PasskeyRefused, and what `finish` throws
   */
  async take<T>(
    place: Place,
    sent: string,
    whose: User | null,
    failed: Failed,
    finish: (taken: TakenPasskey) => Promise<T>,
  ): Promise<T> {
    let user = whose;
    try {
      const assertion = await this.ceremonies.receive(place, sent);
      user ??= await this.owners.find(assertion.id);
      const passkey = user?.passkeys?.find(({ id }) => id === assertion.id);
      if (!user || !passkey) throw new PasskeyRefused(whose ? 'foreign' : 'unknown');
      this.checkHandle(assertion, user, whose === null);
      const asserted = await this.ceremonies.verify(assertion, passkey);
      const { userVerified: isTwoFactors } = asserted;
      if (whose === null && !isTwoFactors) this.demandNoOther(user);
      // Before a login ends what its browser had.
      demandAhead(passkey, asserted);
      return await finish({ user, passkey, isTwoFactors, use: useOf(passkey, asserted) });
    } catch (error) {
      if (error instanceof PasskeyRefused) {
        if (user && error.reason === 'copied') await this.noteCopy(user);
        await this.events.publish(failed(user?.id ?? null, error.reason));
      }
      throw error;
    }
  }

  /** @param name null: as its authenticator is called. @returns null when the account has it not */
  rename(user: User, handle: string, name: string | null): Promise<User | null> {
    return this.changes.change(user, ({ passkeys = [] }) =>
      passkeys.some((each) => handleOf(each) === handle)
        ? {
            change: {
              passkeys: passkeys.map((each) =>
                handleOf(each) === handle ? named(each, name) : each,
              ),
            },
          }
        : null,
    );
  }

  /**
   * Removes a passkey, never the last way in.
   *
   * @param sessions what it does to them: whoever came in by it is out
   * @returns null when the account had it not
   * @throws LastWayIn, LastPasskey, AccountChangedMeanwhile
   */
  remove(user: User, handle: string, sessions: SessionChange): Promise<User | null> {
    return this.changes.change(user, (current, now) => {
      const { passkeys = [] } = current;
      const kept = passkeys.filter((each) => handleOf(each) !== handle);
      if (kept.length === passkeys.length) return null;
      const isLast = this.waysIn.stored({ ...current, passkeys: kept }, PASSKEY) === null;
      if (isLast) this.waysIn.demandAnother(current, PASSKEY);
      if (isLast && !this.policy.mayRemove(current, PASSKEY)) throw new LastPasskey();
      const left = kept.length > 0 ? kept : null;
      return {
        change: keepingFormer(current, { ...endingTrust(now), passkeys: left, sessions }, now),
        event: new PasskeyRemoved(current),
      };
    });
  }

  /** The person wants none: the page does not offer it again. */
  async decline(user: User): Promise<void> {
    await this.changes.change(user, ({ passkeyDeclinedAt }, now) =>
      passkeyDeclinedAt ? null : { change: { passkeyDeclinedAt: now } },
    );
  }

  // What was found by the passkey alone must be what the authenticator calls the account, too.
  private checkHandle({ response }: Assertion, user: User, isDemanded: boolean): void {
    const given: unknown = response.response.userHandle;
    if (given === undefined && !isDemanded) return;
    const isOwn = typeof given === 'string' && isSame(given, user.passkeyUserHandle ?? '');
    if (!isOwn) throw new PasskeyRefused('foreign');
  }

  // Where another way in makes two steps with the passkey, whoever found the authenticator must not set up
  // an app by it alone.
  private demandNoOther(user: User): void {
    if (this.policy.stepFor(user, PASSKEY) !== 'set-up') return;
    const hasOther = this.waysIn.opening(user).some(({ id }) => id !== PASSKEY);
    if (hasOther) throw new PasskeyRefused('alone');
  }

  // Stored like a change, so that it is told whatever happens next.
  private async noteCopy(user: User): Promise<void> {
    await this.changes.change(user, (current) => ({
      change: {},
      event: new PasskeyCopied(current),
    }));
  }
}

/** Names a passkey in the address of a form: its id can be longer than an address. */
export function handleOf({ id }: Passkey): string {
  return digest(`passkey ${id}`);
}

function endingTrust(now: Date) {
  return { factorsChangedAt: now, trustedDevices: null };
}

// Whoever came another way has shown a second factor by making it. A passkey is none after itself.
function withFactor({ put, ...rest }: SessionChange, now: Date): SessionChange {
  const isOther = put && put.methods[0] !== PASSKEY;
  return { ...rest, ...(put && { put: isOther ? { ...put, factorAt: now } : put }) };
}

function named(passkey: Passkey, name: string | null): Passkey {
  const { name: _, ...unnamed } = passkey;
  return name === null ? unnamed : { ...unnamed, name };
}
