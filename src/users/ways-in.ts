import { Injectable } from '@nestjs/common';
import type { Message } from '../core/domain-error.js';
import { LastWayIn } from './user.errors.js';
import type { User } from './user.js';
import type { StoredWay } from './user.repository.js';

/** Something that opens an account, or could: all that pages and rules know of its kind. */
export interface WayIn {
  /** `password`, or a provider's id; also the method that a session keeps. */
  readonly id: string;
  /** What people call it. */
  readonly label: Message;
  /** A static file; none: it has no sign of its own. */
  readonly icon?: string;
  /** Since when the account has it; null when it has not. */
  readonly since: Date | null;
  /** Which one it is, where there are many of its kind. */
  readonly name?: string | undefined;
  /** When it was last used, where that is known. */
  readonly lastUsedAt?: Date | undefined;
  /** Whether it opens the account now, by the same test that would let the person in. */
  readonly opens: boolean;
  /** By what the database tells that it is the same one still; null when the account has it not. */
  readonly stored: StoredWay | null;
  /** Whether it could open an account of this site now. */
  readonly available: boolean;
  /** Where it is added and removed: a page, or the targets of one-button forms. */
  readonly settings: { readonly page: string } | { readonly add: string; readonly remove: string };
  /** How it re-authenticates: by a field of the form that asks, or by the target of a one-button form. */
  readonly reauthentication: 'password' | { readonly start: string };
}

/** @returns a text that stays the same for as long as it is the same way in */
export function markOf(way: StoredWay): string {
  return way.kind === 'password'
    ? `password ${way.changedAt?.toISOString() ?? ''}`
    : `identity ${way.key} ${way.linkedAt.toISOString()}`;
}

type Contribution = (user: User) => readonly WayIn[];

/** The ways into an account. Each module that lets people in contributes its own. */
@Injectable()
export class WaysIn {
  private readonly contributions: Contribution[] = [];

  /** For module constructors; in the order of the settings page. */
  add(contribution: Contribution): void {
    this.contributions.push(contribution);
  }

  /** Every way in that the account has or could have. */
  of(user: User): WayIn[] {
    return this.contributions.flatMap((each) => each(user));
  }

  /** Those that open the account now. */
  opening(user: User): WayIn[] {
    return this.of(user).filter(({ opens }) => opens);
  }

  /** @throws LastWayIn when nothing but these opens the account */
  demandAnother(user: User, ...removed: readonly string[]): void {
    const rest = this.opening(user).filter(({ id }) => !removed.includes(id));
    if (rest.length > 0) return;
    const [way] = this.of(user).filter(({ id }) => removed.includes(id));
    throw new LastWayIn(way?.label.params);
  }
}
