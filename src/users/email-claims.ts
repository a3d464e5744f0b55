import { Injectable } from '@nestjs/common';
import { AccountChanges } from './account-changes.js';
import { EmailMoved } from './account.events.js';
import { canonicalEmail } from './names/email-address.js';
import { UNVERIFIED_PLACES } from './email-places.js';
import { AccountChangedMeanwhile, EmailAlreadyRegistered } from './user.errors.js';
import type { User } from './user.js';
import { UserRepository } from './user.repository.js';

/** What keeps an account from a claim: another one has verified the address, or too many claim it. */
export type ClaimObstacle = 'verified' | 'full';

/**
 * Accounts beside each other that give one address as theirs. Each has a place at the address, which a
 * unique index keeps for it alone: so no race makes a second owner or a sixth claim.
 */
@Injectable()
export class EmailClaims {
  constructor(
    private readonly users: UserRepository,
    private readonly changes: AccountChanges,
  ) {}

  /**
   * @param email in any letters
   * @returns the account that verified it first, then the oldest claim first
   */
  async of(email: string): Promise<User[]> {
    const claims = await this.users.findByEmail(canonicalEmail(email));
    return claims.toSorted((one, other) => rank(one) - rank(other));
  }

  /** @returns the account that verified the address */
  async owner(email: string): Promise<User | null> {
    const [first] = await this.of(email);
    return first?.emailVerifiedAt ? first : null;
  }

  /** @param userId whose own claim is none */
  async obstacle(email: string, userId: string | null): Promise<ClaimObstacle | null> {
    return obstacleIn(await this.others(email, userId));
  }

  /**
   * Writes an account with a place at an address that it has not verified.
   *
   * @param userId null for a new account
   * @param waits the obstacles at which the account is written without a place; it is refused at others
   * @param write throws EmailAlreadyRegistered when somebody was faster at the place
   * @throws EmailAlreadyRegistered
   */
  async claim<T>(
    email: string,
    userId: string | null,
    waits: readonly ClaimObstacle[],
    write: (place: number | null) => Promise<T>,
  ): Promise<T> {
    const others = await this.others(email, userId);
    let obstacle = obstacleIn(others);
    for (const place of obstacle ? [] : free(others)) {
      try {
        return await write(place);
      } catch (error) {
        if (!(error instanceof EmailAlreadyRegistered)) throw error;
        obstacle = 'full';
      }
    }
    if (obstacle && !waits.includes(obstacle)) throw new EmailAlreadyRegistered();
    return write(null);
  }

  /**
   * Takes an address away from all who claim it beside the account that verified it, and tells them. It
   * comes after the write that made the account the owner: a claim that a crash leaves behind opens
   * its own account alone, and can't become a second owner.
   */
  async settle(ownerId: string, email: string): Promise<void> {
    for (const other of await this.others(email, ownerId)) await this.release(other, email);
  }

  /**
   * Takes an address away from an account that never verified it; its person is told until they have
   * dealt with it. Nothing happens when the account has another address by now.
   */
  async release(user: User, email: string): Promise<void> {
    await this.changes
      .change(user, (current, emailMovedAt) =>
        current.emailVerifiedAt === undefined && isSameEmail(current.email, email)
          ? {
              change: { email: null, emailSince: null, emailMovedAt },
              event: new EmailMoved(current),
            }
          : null,
      )
      .catch((error: unknown) => {
        // It was deleted, or it changes without a pause: the claim that stays does no harm.
        if (!(error instanceof AccountChangedMeanwhile)) throw error;
      });
  }

  private async others(email: string, userId: string | null): Promise<User[]> {
    return (await this.of(email)).filter(({ id }) => id !== userId);
  }
}

export function isSameEmail(one: string | undefined, other: string): boolean {
  return one !== undefined && canonicalEmail(one) === canonicalEmail(other);
}

function rank({ emailVerifiedAt, emailSince }: User): number {
  return emailVerifiedAt ? -Infinity : (emailSince?.getTime() ?? 0);
}

function obstacleIn(others: readonly User[]): ClaimObstacle | null {
  if (others.some(({ emailVerifiedAt }) => emailVerifiedAt)) return 'verified';
  return free(others).length === 0 ? 'full' : null;
}

function free(others: readonly User[]): number[] {
  return UNVERIFIED_PLACES.filter((place) => others.every((each) => each.emailPlace !== place));
}
