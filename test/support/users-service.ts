import { EventEmitter2 } from '@nestjs/event-emitter';
import { BcryptPasswordHasher } from '../../src/auth/passwords/bcrypt.password-hasher.js';
import { BcryptThreads } from '../../src/auth/passwords/bcrypt.threads.js';
import { PasswordSettings } from '../../src/auth/passwords/password.settings.js';
import type { Clock } from '../../src/core/clock.js';
import { CoreSettings } from '../../src/core/config/core.settings.js';
import { Events } from '../../src/core/events.js';
import { Log } from '../../src/core/http/log.js';
import { LogOutput } from '../../src/core/process/log-output.js';
import { AccountEvent } from '../../src/users/account.events.js';
import { randomToken } from '../../src/core/crypto/random.js';
import type { Session } from '../../src/users/session.js';
import type { SignedInUser, User } from '../../src/users/user.js';
import type { UserRepository } from '../../src/users/user.repository.js';
import { AccountChanges } from '../../src/users/account-changes.js';
import { EmailClaims } from '../../src/users/email-claims.js';
import { EmailsService } from '../../src/users/emails.service.js';
import { PasskeyOwners } from '../../src/users/factors/passkey-owners.js';
import { AccountUndo } from '../../src/users/undo/account-undo.js';
import { UsersService } from '../../src/users/users.service.js';
import { type WayIn, WaysIn } from '../../src/users/ways-in.js';
import { settingsOf } from './config.js';

/** The providers that this site knows. */
export const PROVIDERS = ['google', 'github', 'facebook'];

const PEPPER = 'Zt4mX8qLw2VnR7cKy1HbJ5sDf9GpA3eU';

/** The service of accounts over a repository, with the world that a spec sets up around it. */
export interface UsersSetup {
  readonly users: UsersService;
  readonly emails: EmailsService;
  readonly claims: EmailClaims;
  readonly undo: AccountUndo;
  readonly repository: UserRepository;
  /** What listeners were told, in order. */
  readonly published: AccountEvent[];
  /** A hash that a password can be verified against. */
  readonly hash: string;
  /** What time it is. */
  now: Date;
  /** The providers that can let people in. */
  usable: readonly string[];
}

const threads = new BcryptThreads();

export async function setUpUsers(repository: UserRepository): Promise<UsersSetup> {
  const hasher = new BcryptPasswordHasher(
    settingsOf(PasswordSettings, { PASSWORD_PEPPER: PEPPER }),
    threads,
  );
  const published: AccountEvent[] = [];
  const emitter = new EventEmitter2();
  emitter.on(AccountEvent.name, (event: AccountEvent) => published.push(event));
  const clock: Clock = { now: () => setup.now };
  const events = new Events(emitter, new Log(settingsOf(CoreSettings), new LogOutput()), clock);
  const waysIn = new WaysIn();
  const changes = new AccountChanges(repository, events, clock);
  const claims = new EmailClaims(repository, changes);
  const users = new UsersService(repository, changes, claims, waysIn, clock, events);
  const setup: UsersSetup = {
    users,
    undo: new AccountUndo(users, claims, new PasskeyOwners(repository), changes),
    emails: new EmailsService(claims, changes),
    claims,
    repository,
    published,
    hash: await hasher.hash('correct horse battery'),
    now: new Date('2026-03-01T10:00:00.000Z'),
    usable: PROVIDERS,
  };
  waysIn.add(({ passwordHash, createdAt }) => [
    {
      ...wayIn('password', passwordHash === undefined ? null : createdAt),
      opens: passwordHash !== undefined && hasher.canVerify(passwordHash),
      available: true,
    },
  ]);
  waysIn.add(({ identities }) =>
    PROVIDERS.map((id) => {
      const identity = identities.find(({ provider }) => provider === id);
      const available = setup.usable.includes(id);
      const opens = identity !== undefined && available;
      return { ...wayIn(id, identity?.linkedAt ?? null), opens, available };
    }),
  );
  return setup;
}

/** The account as the request of somebody knows it who has just logged in to it. */
export async function signedIn({ repository, now }: UsersSetup, user: User): Promise<SignedInUser> {
  const session: Session = {
    id: randomToken(),
    startedAt: now,
    lastSeenAt: now,
    authenticatedAt: now,
    methods: ['password'],
    remember: false,
  };
  const changed = await repository.update(user, { sessions: { put: session } }, []);
  if (!changed) throw new Error('The account was changed meanwhile');
  return { ...changed, session };
}

/** One that opens nothing yet. */
export function wayIn(id: string, since: Date | null): WayIn {
  return {
    id,
    label: { key: `ways-in.${id}`, params: { provider: id } },
    since,
    opens: false,
    stored: null,
    available: false,
    settings: { page: `/settings/${id}` },
    reauthentication: { start: `/${id}/confirm` },
  };
}
