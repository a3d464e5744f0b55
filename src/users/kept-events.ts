import type { RequestOrigin } from '../core/events.js';
import type { AccountEvent } from './account.events.js';

/** An event in plain values, as the account keeps it until everybody was told: a crash loses none. */
export interface KeptEvent {
  readonly id: string;
  readonly name: string;
  readonly result: AccountEvent['result'];
  readonly facts: Readonly<Record<string, string>>;
  readonly at: Date;
  readonly origin: RequestOrigin | null;
  /** The account's name. */
  readonly username: string;
  /** The address that the account had verified before; null: none, so that no notice goes out. */
  readonly mailbox: string | null;
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

/** @returns the event as a write stores it; null for one that no account keeps */
export function keptForm(event: AccountEvent): KeptEvent | null {
  const { id, name, result, facts, at, origin, addressee } = event;
  if (!addressee) return null;
  const whole = (origin?.userAgent.length ?? 0) <= LONGEST_USER_AGENT;
  return {
    ...{ id, name, result, facts, at, ...addressee },
    origin: origin && { ...origin, userAgent: whole ? origin.userAgent : '' },
  };
}

export function keptForms(events: readonly AccountEvent[]): KeptEvent[] {
  return events.map(keptForm).filter((each) => each !== null);
}
