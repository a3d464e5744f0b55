import type { CDPSession, Page } from 'playwright-core';

/** A passkey in the virtual authenticator. */
export interface VirtualPasskey {
  readonly credentialId: string;
  readonly rpId: string;
  readonly userHandle: string;
  readonly privateKey: string;
  readonly signCount: number;
}

/** An authenticator that Chromium makes believe (WebAuthn Level 3, section 11). */
export class VirtualAuthenticator {
  private constructor(
    private readonly session: CDPSession,
    private readonly id: string,
  ) {}

  /**
   * Gives the page one; whoever presses a button has touched it.
   *
   * @param more what differs from a phone that knows its person
   */
  static async plug(page: Page, more: Readonly<Record<string, unknown>> = {}) {
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable');
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
        ...more,
      },
    });
    return new VirtualAuthenticator(session, authenticatorId);
  }

  /** What it holds. */
  async passkeys(): Promise<VirtualPasskey[]> {
    const { credentials } = await this.session.send('WebAuthn.getCredentials', {
      authenticatorId: this.id,
    });
    return credentials.map(({ rpId = '', userHandle = '', ...rest }) => ({
      ...rest,
      rpId,
      userHandle,
    }));
  }

  /** Puts a passkey into it, in the place of one with the same id. */
  async put(passkey: VirtualPasskey): Promise<void> {
    const { credentialId } = passkey;
    const held = await this.passkeys();
    if (held.some((each) => each.credentialId === credentialId)) await this.drop(credentialId);
    await this.session.send('WebAuthn.addCredential', {
      authenticatorId: this.id,
      credential: { ...passkey, isResidentCredential: true },
    });
  }

  async drop(credentialId: string): Promise<void> {
    await this.session.send('WebAuthn.removeCredential', {
      authenticatorId: this.id,
      credentialId,
    });
  }

  /** Whether it finds that it is its person, from now on. */
  async know(isUserVerified: boolean): Promise<void> {
    await this.session.send('WebAuthn.setUserVerified', {
      authenticatorId: this.id,
      isUserVerified,
    });
  }

  /** Whether it is touched by itself, from now on. */
  async touch(enabled: boolean): Promise<void> {
    await this.session.send('WebAuthn.setAutomaticPresenceSimulation', {
      authenticatorId: this.id,
      enabled,
    });
  }
}
