import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { MINUTE } from '../../core/clock.js';
import { Browser } from '../../core/one-time/browser.js';
import { OneTimeRecords, type Purpose } from '../../core/one-time/one-time-records.js';
import type { VerifiedIdentity } from '../providers/oauth-provider.js';
import { cutName } from './profile-fields.js';

/**
 * An identity whose address belongs to an account here: it waits until that account's person logs in
 * and agrees.
 */
export interface PendingLink extends VerifiedIdentity {
  /** Vouched for by the provider. */
  readonly email: string;
  /** The account that has the address. */
  readonly userId: string;
  /** Where the person wanted to go, vetted. */
  readonly next: string | null;
  /** "Stay logged in". */
  readonly remember: boolean;
}

const PENDING_LINK: Purpose = { name: 'pending link', lifetime: 10 * MINUTE };

/** The pending link of a browser: a one-time record, so that a login in between does not lose it. */
@Injectable()
export class PendingLinks {
  constructor(
    private readonly records: OneTimeRecords,
    private readonly browser: Browser,
  ) {}

  /** Keeps it for the browser, under a new id: it can become a login. */
  async keep(request: Request, link: PendingLink): Promise<void> {
    const { profile } = link;
    // A provider may send a name of a megabyte; an account takes only its beginning.
    const short = { ...profile, name: cutName(profile.name), login: cutName(profile.login) };
    const id = this.browser.renew(request);
    await this.records.issue(PENDING_LINK, id, { ...link, profile: short }, id);
  }

  /** @returns the browser's pending link; null when there is none */
  async find(request: Request): Promise<PendingLink | null> {
    const id = this.browser.idOf(request);
    return id === null ? null : this.records.read<PendingLink>(PENDING_LINK, id, id);
  }

  /** As `find`, once: of several requests at the same time one gets it. */
  async spend(request: Request): Promise<PendingLink | null> {
    const id = this.browser.idOf(request);
    return id === null ? null : this.records.spend<PendingLink>(PENDING_LINK, id, id);
  }
}
