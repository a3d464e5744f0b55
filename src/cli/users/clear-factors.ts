import type { INestApplicationContext } from '@nestjs/common';
import { Mails } from '../../core/mail/mails.js';
import { FactorResets } from '../../users/factors/factor-resets.js';
import { canonicalUsername } from '../../users/names/username.js';
import { UsersService } from '../../users/users.service.js';

/** How a command ended, and what it says. */
export interface Outcome {
  /** The exit code: 0 when it was done. */
  readonly code: number;
  readonly text: string;
}

/**
 * Takes every second factor away from an account. The event is stored with the change, and the application
 * tells the person by mail as it tells of all events.
 *
 * @param username exactly the name: an address may be that of several accounts
 */
export async function clearFactors(
  app: INestApplicationContext,
  username: string,
): Promise<Outcome> {
  const canonical = canonicalUsername(username);
  const found = await app.get(UsersService, { strict: false }).findByLogin(username);
  const user = found.find((each) => canonicalUsername(each.username) === canonical);
  if (!user) return { code: 1, text: `No account has the user name ${username}.\n` };
  const cleared = await app.get(FactorResets, { strict: false }).clear(user);
  if (!cleared) return { code: 1, text: `${user.username} has no second factor.\n` };
  const isTold = app.get(Mails, { strict: false }).available && user.emailVerifiedAt !== undefined;
  const told = isTold
    ? 'The application tells them by mail within two minutes, or once it runs.'
    : 'No mail tells them: no mail is sent here, or they have no verified address.';
  return { code: 0, text: `${user.username} has no second factor any more. ${told}\n` };
}
