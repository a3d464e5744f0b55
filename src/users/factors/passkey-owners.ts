import { Injectable } from '@nestjs/common';
import type { User } from '../user.js';
import { UserRepository } from '../user.repository.js';

/** Tells whose a passkey is, for a login that gives no name. */
@Injectable()
export class PasskeyOwners {
  constructor(private readonly users: UserRepository) {}

  /** @param id the credential id as base64url */
  find(id: string): Promise<User | null> {
    return this.users.findByPasskey(id);
  }
}
