import type { RequestOrigin } from '../core/events.js';
import type { AccountEvent, Addressee } from './account.events.js';

/** An event in plain values, as the account keeps it until everybody was told: a crash loses none. */
export interface KeptEvent {
  readonly id: string;
  readonly name: string;
  readonly result: AccountEvent['result'];
  readonly facts: Readonly<Record<string, string>>;
  readonly at: Date;
  readonly origin: RequestOrigin | null;
  /** Null: no account keeps it. */
  readonly addressee: Addressee | null;
}

/** Events of an account that some process stored and did not live to tell. */
export interface UntoldEvents {
  readonly accountId: string;
  /** Whether the account was deleted. */
  readonly isGone: boolean;
  readonly events: readonly KeptEvent[];
}

/** UTF-16 units: what is longer is no browser's, and would let a stranger fill the account's record. */
const LONGEST_USER_AGENT = 512;

/** @returns the event without what the moment of its publishing needs alone */
export function keptForm(event: AccountEvent): KeptEvent {
  const { id, name, result, facts, at, origin, addressee } = event;
  const whole = (origin?.userAgent.length ?? 0) <= LONGEST_USER_AGENT;
  const shortened = origin && { ...origin, userAgent: whole ? origin.userAgent : '' };
  return { id, name, result, facts, at, origin: shortened, addressee };
}
