import { Injectable } from '@nestjs/common';
import { isSame } from '../crypto/digests.js';
import { randomToken } from '../crypto/random.js';
import { OneTimeRecords, type Purpose } from './one-time-records.js';

/** What a token stands for. */
export interface Held<T> {
  readonly token: string;
  readonly holder: string;
  readonly payload: T;
}

/**
 * Tokens that say whose they are, for links in mails. Each holder has one at most of a kind, so that a
 * newer one ends the older.
 */
@Injectable()
export class LatestTokens {
  constructor(private readonly records: OneTimeRecords) {}

  /**
   * @param holder an account's id
   * @param payload plain values, read back as JSON gives them
   */
  async issue(purpose: Purpose, holder: string, payload: object): Promise<string> {
    const secret = randomToken();
    await this.records.issue(purpose, holder, { payload, secret }, holder);
    return tokenOf(holder, secret);
  }

  /** @returns null for a token that is unknown, spent, old, or followed by a newer one */
  async read<T extends object>(purpose: Purpose, token: string): Promise<Held<T> | null> {
    const held = await this.latest<T>(purpose, holderOf(token));
    return held && isSame(held.token, token) ? held : null;
  }

  /** @returns what a holder's token stands for, found without it: for a code that the payload has as well */
  async latest<T extends object>(purpose: Purpose, holder: string): Promise<Held<T> | null> {
    return heldIn(holder, await this.records.read<Stored<T>>(purpose, holder, holder));
  }

  /** As `read`, once: of several at the same time one gets it. */
  async spend<T extends object>(purpose: Purpose, token: string): Promise<Held<T> | null> {
    // Otherwise whoever knows a holder could spend what they can't read.
    if (!(await this.read(purpose, token))) return null;
    const holder = holderOf(token);
    const held = heldIn(holder, await this.records.spend<Stored<T>>(purpose, holder, holder));
    // A newer one that was issued between the two is spent for nothing: it can be asked for again.
    return held && isSame(held.token, token) ? held : null;
  }

  /** Ends whatever token a holder has. */
  async end(purpose: Purpose, holder: string): Promise<void> {
    await this.records.spend(purpose, holder, holder);
  }
}

interface Stored<T> {
  readonly payload: T;
  readonly secret: string;
}

function heldIn<T>(holder: string, record: Stored<T> | null): Held<T> | null {
  return record && { token: tokenOf(holder, record.secret), holder, payload: record.payload };
}

function tokenOf(holder: string, secret: string): string {
  return `${holder}.${secret}`;
}

// A secret has no dot.
function holderOf(token: string): string {
  return token.slice(0, Math.max(token.lastIndexOf('.'), 0));
}
