import { MINUTE } from '../../core/clock.js';
import type { Purpose } from '../../core/one-time/one-time-records.js';

/** What an authorization flow is for. `inspect` shows the profile and exists in development only. */
export type Intent = 'login' | 'link' | 'reauthenticate' | 'inspect';

/** An authorization flow that was started: whose it is and what for. */
export interface Flow {
  readonly provider: string;
  readonly intent: Intent;
  /** Who was signed in when it was started. */
  readonly userId: string | null;
  /** Where to go afterwards, vetted. */
  readonly next: string | null;
  /** "Stay logged in", of a login. */
  readonly remember: boolean;
}

/** A flow that has come back, with the PKCE verifier that its code is redeemed with (RFC 7636). */
export type SpentFlow = Flow & { readonly verifier: string };

/**
 * The record of a flow, whose token is `state`. Each provider has records of its own kind: a state that
 * comes back by another provider's callback spends nothing (mix-up, RFC 9700 4.4).
 */
export function flowPurpose(provider: string): Purpose {
  // How long a person may take at the provider (RFC 9700 2.1: short-lived state).
  return { name: `authorization flow ${provider}`, lifetime: 10 * MINUTE };
}
