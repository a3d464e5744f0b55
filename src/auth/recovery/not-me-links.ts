import { Injectable } from '@nestjs/common';
import { Clock, DAY } from '../../core/clock.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import { signature } from '../../core/crypto/digests.js';
import { deriveKeys } from '../../core/crypto/keys.js';
import { SealSettings } from '../../core/crypto/seal.settings.js';
import { OneTimeRecords, type Purpose } from '../../core/one-time/one-time-records.js';
import type { BrowserName } from '../../users/session.js';

/** A person on holiday may read the mail days later; afterwards what was replaced is gone for good. */
const NOT_ME: Purpose = { name: 'not me', lifetime: 7 * DAY };

/** What a link says was not its reader. */
export interface Disputed {
  /** Of the event. */
  readonly id: string;
  readonly name: string;
  readonly at: Date;
  /** Where the mail went. */
  readonly mailbox: string;
  /** As the mail says it; null: not known. */
  readonly browser: BrowserName | null;
}

/** As JSON keeps it. */
type Stored = Omit<Disputed, 'at'> & { readonly at: string };

/**
 * The links "this wasn't me" in mails. A token says whose it is, and its secret follows from the event:
 * a mail that is made twice after a crash has the same link.
 */
@Injectable()
export class NotMeLinks {
  private readonly keys: readonly Buffer[];

  constructor(
    private readonly records: OneTimeRecords,
    private readonly clock: Clock,
    private readonly core: CoreSettings,
    { secrets }: SealSettings,
  ) {
    this.keys = deriveKeys(secrets, 'this was not me');
  }

  /** @returns the address that the mail leads to */
  async issue(accountId: string, disputed: Disputed): Promise<string> {
    const [key] = this.keys;
    if (!key) throw new Error('There is no secret to derive a token from');
    const token = `${accountId}.${signature(key, `${accountId} ${disputed.id}`)}`;
    const stored: Stored = { ...disputed, at: disputed.at.toISOString() };
    await this.records.issue(NOT_ME, accountId, stored, token);
    return `${this.core.baseUrl}/not-me?token=${token}`;
  }

  /** @returns whose it is and what it is about, which spends nothing; null for a token that is spent, old or none of ours */
  async read(token: string): Promise<{ accountId: string; disputed: Disputed } | null> {
    const accountId = holderOf(token);
    const stored = await this.records.read<Stored>(NOT_ME, accountId, token);
    if (!stored) return null;
    const at = new Date(stored.at);
    // The record may be younger than the event, which a crash has held up.
    const isOld = this.clock.now().getTime() - at.getTime() > NOT_ME.lifetime;
    return isOld ? null : { accountId, disputed: { ...stored, at } };
  }

  async spend(token: string): Promise<void> {
    await this.records.spend(NOT_ME, holderOf(token), token);
  }
}

// A secret has no dot.
function holderOf(token: string): string {
  return token.slice(0, Math.max(token.lastIndexOf('.'), 0));
}
