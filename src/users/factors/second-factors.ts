import { Injectable } from '@nestjs/common';
import type { Message } from '../../core/domain-error.js';
import type { User, UserChange } from '../user.js';
import { keepingFormer } from './former-factors.js';

/** Something that a person shows after a way in: all that pages and rules know of its kind. */
export interface SecondFactor {
  /** Also the method that a session keeps. */
  readonly id: string;
  /** What people call it. */
  readonly label: Message;
  /** What a sentence calls one of it. */
  readonly phrase: Message;
  /** The words of a link that leads to it from another one. */
  readonly instead: Message;
  /** How things are with it. */
  readonly state: Message;
  /** Since when the account has it; null when it has not. */
  readonly since: Date | null;
  /** Whether an account that has it is asked for a second step; others only stand in for one that is lost. */
  readonly asks: boolean;
  /** The last part of the address of each page that asks for it. */
  readonly step: string;
  /** Where it is added and removed. */
  readonly settings: { readonly page: string };
  /** Lower numbers are asked for first. */
  readonly order: number;
  /** What takes it away from an account whose person has lost it. */
  readonly removal: UserChange;
}

type Contribution = (user: User) => SecondFactor;

/** The second factors of an account. Each room that has a kind of them contributes it. */
@Injectable()
export class SecondFactors {
  private readonly contributions: Contribution[] = [];

  /** For constructors. */
  add(contribution: Contribution): void {
    this.contributions.push(contribution);
  }

  /** Every factor that the account has or could have. */
  of(user: User): SecondFactor[] {
    return this.contributions
      .map((each) => each(user))
      .toSorted((one, other) => one.order - other.order);
  }

  /** Those that the account has; without those that are named. */
  held(user: User, ...without: readonly string[]): SecondFactor[] {
    return this.of(user).filter(({ id, since }) => since !== null && !without.includes(id));
  }

  /**
   * @param now when it happens; a login that waits for a second step must begin again
   * @returns what takes every factor away, and nothing else
   */
  cleared(user: User, now: Date): UserChange {
    const rest: UserChange = { trustedDevices: null, factorReset: null, factorsChangedAt: now };
    const change = this.of(user).reduce((all, { removal }) => ({ ...all, ...removal }), rest);
    return keepingFormer(user, change, now);
  }

  /** Whether the account has two steps, whichever is asked for; without those that are named. */
  isAsked(user: User, ...without: readonly string[]): boolean {
    return this.held(user, ...without).some(({ asks }) => asks);
  }
}
