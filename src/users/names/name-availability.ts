import { Injectable } from '@nestjs/common';
import type { DomainError } from '../../core/domain-error.js';
import { type ClaimObstacle, EmailClaims } from '../email-claims.js';
import { canonicalEmail } from './email-address.js';
import { EmailAlreadyRegistered, UsernameReserved, UsernameTaken } from '../user.errors.js';
import type { User } from '../user.js';
import { UserRepository } from '../user.repository.js';
import { canonicalUsername, isReservedUsername } from './username.js';

/** Names that somebody wants. */
export interface WantedNames {
  readonly username?: string;
  readonly email?: string;
}

/**
 * Tells which names can't be had, so that a form tells of all at once. It decides nothing: between the
 * look and the write a name can go, and the unique indexes have the last word.
 */
@Injectable()
export class NameAvailability {
  constructor(
    private readonly users: UserRepository,
    private readonly claims: EmailClaims,
  ) {}

  /**
   * @param owner whose names they become: what the account has already it may keep, a reserved name too
   * @param waits what keeps nobody from an address here, only from a claim to it
   * @param count called before anything is looked up, since the answer tells who has an account
   */
  async mistakes(
    wanted: WantedNames,
    owner: User | null,
    waits: readonly ClaimObstacle[],
    count: () => Promise<void>,
  ): Promise<DomainError[]> {
    const username = changed(wanted.username, owner?.username, canonicalUsername);
    const email = changed(wanted.email, owner?.email, canonicalEmail);
    if (username === null && email === null) return [];
    await count();
    const mistakes: DomainError[] = [];
    const obstacle = email === null ? null : await this.claims.obstacle(email, owner?.id ?? null);
    if (obstacle && !waits.includes(obstacle)) mistakes.push(new EmailAlreadyRegistered());
    if (username !== null && isReservedUsername(username)) mistakes.push(new UsernameReserved());
    else if (username !== null && (await this.users.findByUsername(username))) {
      mistakes.push(new UsernameTaken());
    }
    return mistakes;
  }
}

function changed(
  wanted: string | undefined,
  had: string | undefined,
  canonical: (name: string) => string,
): string | null {
  if (wanted === undefined) return null;
  const form = canonical(wanted);
  return had !== undefined && canonical(had) === form ? null : form;
}
