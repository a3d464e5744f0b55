import { Injectable } from '@nestjs/common';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { CoreSettings } from '../../core/config/core.settings.js';
import { randomToken } from '../../core/crypto/random.js';
import type { Passkey } from '../../users/factors/passkey.js';
import type { User } from '../../users/user.js';
import { CEREMONY_TIME, type Ceremony, Challenges } from './challenges.js';
import { PasskeyRefused } from './passkey.errors.js';
import { challengeOf, orRefused, read, transportsIn } from './sent-response.js';

/** Bytes of a user handle: as many as it can have are 64 (WebAuthn Level 3, section 14.6.1). */
const HANDLE_BYTES = 32;

/** A ceremony, and whose browser may finish it. */
export interface Place {
  readonly ceremony: Ceremony;
  /** As `Challenges` has it. */
  readonly holder: string;
}

/** A passkey that was made, and for which user handle. */
export interface MadePasskey {
  readonly passkey: Omit<Passkey, 'addedAt'>;
  readonly userHandle: string;
  /** As `Asserted` has it. */
  readonly userVerified: boolean;
}

/** What a browser says of a passkey, whose signature nobody has verified yet. */
export interface Assertion {
  readonly id: string;
  readonly challenge: string;
  readonly response: AuthenticationResponseJSON;
}

/** What a verified assertion tells. */
export interface Asserted {
  readonly counter: number;
  readonly backedUp: boolean;
  /** Whether the authenticator has seen that it is its person: by a PIN, a finger or a face. */
  readonly userVerified: boolean;
}

/** Whoever a passkey is made for. */
export type Holder = Pick<User, 'username' | 'name' | 'passkeys' | 'passkeyUserHandle'>;

/** The two ceremonies of WebAuthn, by a library that is loaded with the first of them. */
@Injectable()
export class Ceremonies {
  /** Passkeys are the host's: at another host no browser finds them. */
  readonly rpId: string;
  private readonly origin: string;
  private readonly brand: string;

  constructor(
    private readonly challenges: Challenges,
    { baseUrl, brand }: CoreSettings,
  ) {
    this.rpId = new URL(baseUrl).hostname;
    this.origin = baseUrl;
    this.brand = brand;
  }

  /** @returns what a browser needs to make a passkey */
  async creation(place: Place, user: Holder): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const { generateRegistrationOptions } = await import('@simplewebauthn/server');
    const userHandle = user.passkeyUserHandle ?? randomToken(HANDLE_BYTES);
    const challenge = await this.challenges.issue(place.ceremony, place.holder, { userHandle });
    return generateRegistrationOptions({
      rpName: this.brand,
      rpID: this.rpId,
      userName: user.username,
      userDisplayName: user.name ?? user.username,
      userID: bytes(userHandle),
      challenge: bytes(challenge),
      timeout: CEREMONY_TIME,
      excludeCredentials: described(user.passkeys ?? []),
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    });
  }

  /**
   * @param passkeys those that may be used; none: whichever the browser has, so that the options tell
   *   nothing of any account (WebAuthn Level 3, section 14.6.2)
   * @returns what a browser needs to use a passkey
   */
  async request(
    place: Place,
    passkeys: readonly Passkey[] = [],
  ): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const { generateAuthenticationOptions } = await import('@simplewebauthn/server');
    const challenge = await this.challenges.issue(place.ceremony, place.holder);
    return generateAuthenticationOptions({
      rpID: this.rpId,
      challenge: bytes(challenge),
      timeout: CEREMONY_TIME,
      userVerification: 'preferred',
      allowCredentials: described(passkeys),
    });
  }

  /**
   * @param sent as the page's script sent it
   * @throws PasskeyRefused
   */
  async made(place: Place, sent: string): Promise<MadePasskey> {
    // As our script sends it; the library refuses what it is not.
    const response = read(sent) as RegistrationResponseJSON;
    const challenge = await challengeOf(response);
    const challenged = await this.challenges.spend(place.ceremony, place.holder, challenge);
    if (!challenged?.userHandle) throw new PasskeyRefused('stale');
    const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
    const { verified, registrationInfo } = await orRefused(() =>
      verifyRegistrationResponse({
        response,
        expectedChallenge: challenge,
        expectedOrigin: this.origin,
        expectedRPID: this.rpId,
        requireUserVerification: false,
      }),
    );
    if (!verified) throw new PasskeyRefused('unverified');
    const { credential, aaguid, credentialDeviceType, credentialBackedUp, userVerified } =
      registrationInfo;
    return {
      userHandle: challenged.userHandle,
      userVerified,
      passkey: {
        id: credential.id,
        publicKey: Buffer.from(credential.publicKey).toString('base64url'),
        counter: credential.counter,
        transports: transportsIn(credential.transports),
        aaguid,
        rpId: this.rpId,
        backupEligible: credentialDeviceType === 'multiDevice',
        backedUp: credentialBackedUp,
      },
    };
  }

  /**
   * Reads an assertion and spends its challenge.
   *
   * @param sent as the page's script sent it
   * @throws PasskeyRefused
   */
  async receive({ ceremony, holder }: Place, sent: string): Promise<Assertion> {
    // As in `made`.
    const response = read(sent) as AuthenticationResponseJSON;
    const challenge = await challengeOf(response);
    if (!(await this.challenges.spend(ceremony, holder, challenge))) {
      throw new PasskeyRefused('stale');
    }
    return { id: response.id, challenge, response };
  }

  /** @throws PasskeyRefused unless the passkey has made the assertion, for this site */
  async verify({ challenge, response }: Assertion, passkey: Passkey): Promise<Asserted> {
    const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
    const { verified, authenticationInfo } = await orRefused(() =>
      verifyAuthenticationResponse({
        response,
        expectedChallenge: challenge,
        expectedOrigin: this.origin,
        expectedRPID: passkey.rpId,
        requireUserVerification: false,
        // Our own write decides on the counter: of two assertions at once the library would let both pass.
        credential: { id: passkey.id, publicKey: bytes(passkey.publicKey), counter: 0 },
      }),
    );
    const { newCounter, credentialBackedUp, credentialDeviceType, userVerified } =
      authenticationInfo;
    const isEligible = credentialDeviceType === 'multiDevice';
    // It never changes (WebAuthn Level 3, section 7.2).
    if (!verified || isEligible !== passkey.backupEligible) throw new PasskeyRefused('unverified');
    return { counter: newCounter, backedUp: credentialBackedUp, userVerified };
  }
}

function described(passkeys: readonly Passkey[]) {
  return passkeys.map(({ id, transports }) => ({
    id,
    // Stored as the browser named them: a kind that this version does not know is left to the browser.
    transports: [...transports] as 'internal'[],
  }));
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}
