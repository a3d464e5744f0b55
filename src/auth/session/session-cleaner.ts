import { Injectable } from '@nestjs/common';
import { On } from '../../core/events.js';
import { SessionStore } from './session.store.js';
import { UserDeleted } from '../../users/account.events.js';

/** Ends the sessions of an account that is gone; each is refused already, this removes their records. */
@Injectable()
export class SessionCleaner {
  constructor(private readonly sessions: SessionStore) {}

  @On(UserDeleted)
  async deleted({ user }: UserDeleted): Promise<void> {
    await this.sessions.endAll(user.id);
  }
}
