import { Injectable } from '@nestjs/common';
import { MINUTE } from '../../core/clock.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import { OneTimeRecords, type Purpose } from '../../core/one-time/one-time-records.js';
import type { User } from '../../users/user.js';
import { addressOf, drawSecret } from './totp-codes.js';
import { SetUpGone } from './totp.errors.js';
import { TotpService } from './totp.service.js';

/** An app has to be found and installed first. */
const SET_UP: Purpose = { name: 'authenticator set-up', lifetime: 30 * MINUTE };
/** Modules of white around the code, as ISO/IEC 18004 asks for. */
const BORDER = 4;

/** What somebody needs to set up an app. */
export interface ShownSecret {
  /** For those who type it, in groups of four. */
  readonly key: string;
  /** A QR code as an address of the `data` scheme: nothing of it is loaded from elsewhere. */
  readonly picture: string;
}

interface Stored {
  readonly sealedSecret: string;
}

/**
 * Secrets that are shown and not yet confirmed: one-time records, since no account may be asked for a code
 * of an app that nobody has. Sealed as the account will keep it.
 */
@Injectable()
export class TotpSetUp {
  constructor(
    private readonly records: OneTimeRecords,
    private readonly totp: TotpService,
    private readonly settings: CoreSettings,
  ) {}

  /**
   * @param token whose set-up it is, among those of the account: a session's or a pending login's
   * @returns the same secret for as long as it is not confirmed or too old
   */
  async show(user: User, token: string): Promise<ShownSecret> {
    const stored = await this.records.read<Stored>(SET_UP, user.id, token);
    const secret = stored && this.totp.openFor(user, stored.sealedSecret);
    return this.shown(user, secret ?? (await this.begin(user, token)));
  }

  /** @returns the secret that is shown, sealed @throws SetUpGone */
  async secretOf(user: User, token: string): Promise<string> {
    const stored = await this.records.read<Stored>(SET_UP, user.id, token);
    if (!stored) throw new SetUpGone();
    return stored.sealedSecret;
  }

  async end(user: User, token: string): Promise<void> {
    await this.records.spend(SET_UP, user.id, token);
  }

  private async begin(user: User, token: string): Promise<string> {
    const secret = await drawSecret();
    const sealedSecret = this.totp.sealFor(user, secret);
    await this.records.issue(SET_UP, user.id, { sealedSecret }, token);
    return secret;
  }

  private async shown({ username }: User, secret: string): Promise<ShownSecret> {
    // Loaded for the first picture: no start waits for it.
    const { renderSVG } = await import('uqr');
    const address = await addressOf(secret, this.settings.brand, username);
    const svg = renderSVG(address, { border: BORDER, ecc: 'M' });
    return {
      key: secret.replace(/.{4}(?=.)/g, '$& '),
      picture: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
    };
  }
}
