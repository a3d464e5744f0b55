import { randomBytes } from 'node:crypto';
import type { AccountEvent } from '../../src/users/account.events.js';
import { type KeptEvent, keptForm, type UntoldEvents } from '../../src/users/account.events.js';
import { canonicalEmail } from '../../src/users/names/email-address.js';
import {
  EmailAlreadyRegistered,
  IdentityTaken,
  PasskeyTaken,
  UsernameTaken,
} from '../../src/users/user.errors.js';
import type { Session, SessionChange, SessionSeen } from '../../src/users/session.js';
import { type AsRead, type StoredWay, UserRepository } from '../../src/users/user.repository.js';
import type { NewUser, User, UserChange } from '../../src/users/user.js';
import { canonicalUsername } from '../../src/users/names/username.js';

/** Accounts in a map, for specs that need no database; each method does its work in one step. */
export class InMemoryUserRepository extends UserRepository {
  /** What was stored with the changes. */
  readonly events: AccountEvent[] = [];
  private readonly users = new Map<string, User>();
  private readonly untold = new Map<string, { since: Date; events: KeptEvent[] }>();

  newId(): string {
    return randomBytes(12).toString('hex');
  }

  async insert(user: NewUser, events: readonly AccountEvent[]): Promise<User> {
    return this.store({ ...user, revision: 0, sessions: [] }, events);
  }

  async findById(id: string): Promise<User | null> {
    return copyOf(this.users.get(id));
  }

  async findByUsername(canonical: string): Promise<User | null> {
    return copyOf(this.all().find((user) => canonicalUsername(user.username) === canonical));
  }

  async findByEmail(canonical: string): Promise<User[]> {
    return this.all()
      .filter((user) => claimOf(user)?.endsWith(` ${canonical}`))
      .map((user) => structuredClone(user));
  }

  async findDueReset(by: Date): Promise<User | null> {
    const dueAt = ({ factorReset }: User) => factorReset?.mailAt?.getTime() ?? Infinity;
    const [first] = this.all().toSorted((one, other) => dueAt(one) - dueAt(other));
    return copyOf(first && dueAt(first) <= by.getTime() ? first : undefined);
  }

  async findByIdentity(key: string): Promise<User | null> {
    return copyOf(this.all().find((user) => owns(user, key)));
  }

  async findByPasskey(id: string): Promise<User | null> {
    return copyOf(this.all().find((user) => hasPasskey(user, id)));
  }

  async update(
    asRead: AsRead,
    { sessions, ...change }: UserChange,
    events: readonly AccountEvent[],
  ): Promise<User | null> {
    const user = this.still(asRead);
    if (!user) return null;
    const revision = user.revision + (Object.keys(change).length > 0 ? 1 : 0);
    const fields = Object.entries({
      ...user,
      ...(change.email !== undefined && { emailPlace: null }),
      ...change,
      revision,
      sessions: after(user.sessions, sessions ?? {}),
    });
    // An address without a place claims nothing. Null, which a change has and an account has not, is
    // filtered out.
    const changed = Object.fromEntries(fields.filter(([, value]) => value !== null));
    return this.store(changed as unknown as User, events);
  }

  async delete(asRead: AsRead, events: readonly AccountEvent[]): Promise<boolean> {
    if (!this.still(asRead)) return false;
    this.keep(asRead.id, events);
    return this.users.delete(asRead.id);
  }

  async takeUntold(before: Date, now: Date): Promise<UntoldEvents | null> {
    const [found] = [...this.untold].filter(([, { since }]) => since <= before);
    if (!found) return null;
    const [accountId, { events }] = found;
    const isGone = !this.users.has(accountId);
    if (events.length > 0) this.untold.set(accountId, { since: now, events });
    else this.untold.delete(accountId);
    return { accountId, isGone, events: structuredClone(events) };
  }

  async forgetTold(accountId: string, ids: readonly string[]): Promise<boolean> {
    const isThere = this.users.has(accountId);
    const { since, events = [] } = this.untold.get(accountId) ?? {};
    if (!since) return isThere;
    const left = events.filter(({ id }) => !ids.includes(id));
    if (left.length === 0 && isThere) this.untold.delete(accountId);
    else this.untold.set(accountId, { since, events: left });
    return isThere;
  }

  async noteSeen(userId: string, sessionId: string, seenAs: SessionSeen): Promise<void> {
    const user = this.users.get(userId);
    const seen = user?.sessions.map((each) =>
      each.id === sessionId ? { ...each, ...seenAs } : each,
    );
    if (user && seen) this.users.set(userId, { ...user, sessions: seen });
  }

  private still(asRead: AsRead): User | null {
    const { id, revision, session, ending, wayIn, factorsChangedAt } = asRead;
    const user = this.users.get(id);
    const lasts = [session, ending].every(
      (asked) => !asked || user?.sessions.some((each) => each.id === asked.id),
    );
    const isSame = revision === undefined || user?.revision === revision;
    const sameFactors =
      factorsChangedAt === undefined ||
      user?.factorsChangedAt?.getTime() === factorsChangedAt?.getTime();
    const isStill = isSame && lasts && sameFactors;
    return user && isStill && (!wayIn || holds(user, wayIn)) ? user : null;
  }

  private store(user: User, events: readonly AccountEvent[]): User {
    const others = this.all().filter(({ id }) => id !== user.id);
    const username = canonicalUsername(user.username);
    if (others.some((other) => canonicalUsername(other.username) === username)) {
      throw new UsernameTaken();
    }
    const claim = claimOf(user);
    if (claim !== null && others.some((other) => claimOf(other) === claim)) {
      throw new EmailAlreadyRegistered();
    }
    if (user.identities.some(({ key }) => others.some((other) => owns(other, key)))) {
      throw new IdentityTaken();
    }
    if (user.passkeys?.some(({ id }) => others.some((other) => hasPasskey(other, id)))) {
      throw new PasskeyTaken();
    }
    // A copy on the way in and out: what a caller holds is not what is stored.
    this.users.set(user.id, structuredClone(user));
    this.keep(user.id, events);
    return structuredClone(user);
  }

  private keep(id: string, events: readonly AccountEvent[]): void {
    this.events.push(...events);
    const [first] = events;
    const { since, events: before = [] } = this.untold.get(id) ?? {};
    if (!first) return;
    this.untold.set(id, { since: since ?? first.at, events: [...before, ...events.map(keptForm)] });
  }

  private all(): User[] {
    return [...this.users.values()];
  }
}

function holds(user: User, wayIn: StoredWay): boolean {
  const {
    passwordHash,
    passwordChangedAt,
    identities,
    email,
    emailVerifiedAt,
    passkeys = [],
  } = user;
  if (wayIn.kind === 'mail') {
    const dates = [emailVerifiedAt, passwordChangedAt].map((date) => date?.getTime());
    const [verifiedAt, changedAt] = [
      wayIn.verifiedAt.getTime(),
      wayIn.passwordChangedAt?.getTime(),
    ];
    return email === wayIn.email && dates[0] === verifiedAt && dates[1] === changedAt;
  }
  if (wayIn.kind === 'password') {
    const changedAt = passwordChangedAt?.getTime();
    return passwordHash !== undefined && changedAt === wayIn.changedAt?.getTime();
  }
  if (wayIn.kind === 'passkey') {
    const { id, addedAt } = wayIn;
    return passkeys.some((each) => each.id === id && each.addedAt.getTime() === addedAt.getTime());
  }
  return identities.some(
    ({ key, linkedAt }) => key === wayIn.key && linkedAt.getTime() === wayIn.linkedAt.getTime(),
  );
}

function after(sessions: readonly Session[], { put, end = [] }: SessionChange): Session[] {
  const gone = (id: string) => end === 'all' || end.includes(id) || id === put?.id;
  return [...sessions.filter(({ id }) => !gone(id)), ...(put ? [put] : [])];
}

function claimOf({ email, emailPlace }: User): string | null {
  const claims = email !== undefined && emailPlace !== undefined;
  return claims ? `${emailPlace} ${canonicalEmail(email)}` : null;
}

function owns({ identities }: User, key: string): boolean {
  return identities.some((each) => each.key === key);
}

function hasPasskey({ passkeys = [] }: User, id: string): boolean {
  return passkeys.some((each) => each.id === id);
}

function copyOf(user: User | undefined): User | null {
  return user ? structuredClone(user) : null;
}
