import { Injectable } from '@nestjs/common';
import { Events } from '../core/events.js';
import { type AccountEvent, UserDeleted } from './account.events.js';
import { AccountChangedMeanwhile } from './user.errors.js';
import type { User, UserChange } from './user.js';
import { UserRepository } from './user.repository.js';

/** More rounds than people can cause mean that something is wrong. */
const MAX_ROUNDS = 5;

/** A change that is decided, and the event that tells of it; without one nobody is told. */
export interface Decision {
  readonly change: UserChange;
  readonly event?: AccountEvent;
}

/**
 * Changes accounts by one write each. A change is decided on the account as it was read, whatever the rule
 * looks at; the write is refused when the account changed since, and the change is decided again.
 */
@Injectable()
export class AccountChanges {
  constructor(
    private readonly users: UserRepository,
    private readonly events: Events,
  ) {}

  /**
   * @param user as the request knows it: a session that was ended since changes nothing
   * @param decide looks at the account as it is; null: there is nothing to change
   * @returns the changed account, or null when there was nothing to change
   * @throws AccountChangedMeanwhile, and what the repository's `update` throws
   */
  change(user: User, decide: (current: User) => Decision): Promise<User>;
  change(user: User, decide: (current: User) => Decision | null): Promise<User | null>;
  async change(user: User, decide: (current: User) => Decision | null): Promise<User | null> {
    let current: User | null = user;
    for (let round = 0; current && round < MAX_ROUNDS; round++) {
      demandSameEpoch(current, user);
      const decision = decide(current);
      if (!decision) return null;
      const { change, event } = decision;
      const changed = await this.users.update(current, change, event ? [event] : []);
      if (changed) {
        if (event) await this.events.publish(event);
        return changed;
      }
      current = await this.users.findById(user.id);
    }
    throw new AccountChangedMeanwhile();
  }

  /**
   * Removes an account with everything in it; a second call does nothing.
   *
   * @param user as for `change`
   * @throws AccountChangedMeanwhile
   */
  async remove(user: User): Promise<void> {
    let current: User | null = user;
    for (let round = 0; current && round < MAX_ROUNDS; round++) {
      demandSameEpoch(current, user);
      const event = new UserDeleted(current);
      if (await this.users.delete(current, [event])) return this.events.publish(event);
      current = await this.users.findById(user.id);
    }
    if (current) throw new AccountChangedMeanwhile();
  }
}

function demandSameEpoch(current: User, user: User): void {
  if (current.sessionEpoch !== user.sessionEpoch) throw new AccountChangedMeanwhile();
}
