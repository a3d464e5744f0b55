import { Injectable } from '@nestjs/common';
import type { User } from '../../users/user.js';
import { WaysIn } from '../../users/ways-in.js';
import { authenticatorName } from './authenticators.js';
import { Ceremonies } from './ceremonies.js';
import { PASSKEY, PasskeyWays } from './passkey-ways.js';
import { handleOf } from './passkeys.service.js';

/** A passkey as its person sees it. */
export interface ListedPasskey {
  /** Names it in a form. */
  readonly handle: string;
  /** As the person calls it. */
  readonly name: string | undefined;
  /** The kind of authenticator, where it is known. */
  readonly authenticator: string | null;
  readonly addedAt: Date;
  readonly lastUsedAt: Date | undefined;
  /** Whether it is on more than one device. */
  readonly backedUp: boolean;
  /** Whether a browser finds it at this site's host. */
  readonly opens: boolean;
  /** Whether nothing else opens the account. */
  readonly isLast: boolean;
}

/** The passkeys of a person, for their own eyes. */
@Injectable()
export class PasskeyList {
  constructor(
    private readonly ways: PasskeyWays,
    private readonly waysIn: WaysIn,
    private readonly ceremonies: Ceremonies,
  ) {}

  /** @returns the newest first */
  of(user: User): ListedPasskey[] {
    const usable = this.ways.usable(user);
    const hasOther = this.waysIn.opening(user).some(({ id }) => id !== PASSKEY);
    return (user.passkeys ?? [])
      .map((passkey) => ({
        handle: handleOf(passkey),
        name: passkey.name,
        authenticator: authenticatorName(passkey.aaguid),
        addedAt: passkey.addedAt,
        lastUsedAt: passkey.lastUsedAt,
        backedUp: passkey.backedUp,
        opens: usable.includes(passkey),
        isLast: !hasOther && usable.every((each) => each === passkey),
      }))
      .toSorted((one, other) => other.addedAt.getTime() - one.addedAt.getTime());
  }

  /** @returns what a browser can be told, so that it offers no passkey that was removed here; null: nothing */
  signalFor({ passkeys = [], passkeyUserHandle }: User): object | null {
    return passkeyUserHandle === undefined
      ? null
      : {
          signalName: 'allAcceptedCredentials',
          rpID: this.ceremonies.rpId,
          userID: passkeyUserHandle,
          allAcceptedCredentialIDs: passkeys.map(({ id }) => id),
        };
  }
}
