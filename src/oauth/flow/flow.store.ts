import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { createHash, randomBytes } from 'node:crypto';
import { Clock, MINUTE } from '../../core/clock.js';
import { Database } from '../../core/database/database.js';
import type { FlowRecord } from './flow.schema.js';

/** How long a person may take at the provider (RFC 9700, section 2.1: short-lived state). */
const LIFETIME = 10 * MINUTE;

/** What a round trip to a provider is for. `inspect` shows the profile and exists in development only. */
export type Intent = 'login' | 'link' | 'prove' | 'inspect';

/** A round trip that has begun: whose it is and what for. */
export interface Flow {
  readonly provider: string;
  readonly intent: Intent;
  /** Who was signed in when it began. */
  readonly userId: string | null;
  /** Where to go afterwards, vetted. */
  readonly next: string | null;
}

/** A flow that has come back, with the PKCE verifier that its code is redeemed with. */
export type SpentFlow = Flow & { readonly verifier: string };

/**
 * The flows under way. Each is a record of its own, since one inside the session could not be spent
 * atomically and a second tab would overwrite it.
 */
@Injectable()
export class FlowStore {
  constructor(
    @InjectModel('Flow') private readonly flows: Model<FlowRecord>,
    private readonly clock: Clock,
    database: Database,
  ) {
    database.prepare(() => flows.createIndexes());
  }

  /**
   * @param sessionId the session that starts it; no other can finish it
   * @returns the `state` for the provider
   */
  async issue(flow: Flow, sessionId: string, verifier: string): Promise<string> {
    const state = randomBytes(24).toString('base64url');
    const { userId, next, ...rest } = flow;
    await this.flows.create({
      ...rest,
      _id: digest(state),
      session: digest(sessionId),
      verifier,
      ...(userId !== null && { userId }),
      ...(next !== null && { next }),
      expiresAt: new Date(this.clock.now().getTime() + LIFETIME),
    });
    return state;
  }

  /** @returns the flow, once; null for a state that is unknown, spent, old, or another's */
  async spend(state: string, provider: string, sessionId: string): Promise<SpentFlow | null> {
    const record = await this.flows
      .findOneAndDelete({
        _id: digest(state),
        session: digest(sessionId),
        provider,
        expiresAt: { $gt: this.clock.now() },
      })
      .lean();
    if (!record) return null;
    const { intent, verifier, userId = null, next = null } = record;
    // Written by `begin`, which takes nothing else.
    return { provider, intent: intent as Intent, verifier, userId, next };
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
