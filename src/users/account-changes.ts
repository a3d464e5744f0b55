import { Injectable } from '@nestjs/common';
import { Clock, MINUTE } from '../core/clock.js';
import { Events } from '../core/events.js';
import { type AccountEvent, type UntoldEvents, UserDeleted } from './account.events.js';
import { AccountChangedMeanwhile } from './user.errors.js';
import type { Session, SessionChange } from './session.js';
import type { SignedInUser, User, UserChange } from './user.js';
import { type AsRead, type StoredWay, UserRepository } from './user.repository.js';

/** Somebody whose session asks for the change; none: it is no request of a person signed in. */
type Acting = User & { readonly session?: Session | undefined };

/**
 * As many as logins by a provider at once, each of which keeps its token, can come between; and whoever
 * has stolen a session must not keep the owner from a new password by changing the account without a pause.
 */
const MAX_ROUNDS = 30;

/** How long whoever stored an event has to tell it, before another one does. */
const UNTOLD_FOR = 1 * MINUTE;

/** A change that is decided, and the event that tells of it; without one nobody is told. */
export interface Decision {
  readonly change: UserChange;
  readonly event?: AccountEvent;
}

/** Decides a change on the account as it is; `now` is the instant of the change. */
export type Decide<T = Decision> = (current: User, now: Date) => T;

/** What the use of a way in leaves in its account: a change that nobody is told of. */
export type Use = Decide<Pick<Decision, 'change'>>;

/** A session that begins. */
export interface Beginning {
  /** As the account held it when the person came by it. */
  readonly wayIn: StoredWay;
  /** What the login does to the sessions. */
  readonly sessions: SessionChange;
  /** Tells of it. */
  readonly event: AccountEvent;
  /** What the login changes beside; with `use` it is decided anew as well. */
  readonly also?: Decide | undefined;
  /** Decided anew when the account has changed. */
  readonly use?: Use | undefined;
}

/**
 * Changes accounts by one write each. A change is decided on the account as it was read, whatever the rule
 * looks at; the write is refused when the account changed since, and the change is decided again. What a
 * person signed in asks for is refused as well once their session has ended.
 */
@Injectable()
export class AccountChanges {
  constructor(
    private readonly users: UserRepository,
    private readonly events: Events,
    private readonly clock: Clock,
  ) {}

  /**
   * @param user as the request knows it
   * @param decide looks at the account as it is; null: there is nothing to change. `now` is the instant of
   *   the change: its dates and its event have this one, so that what an event brought about is told from
   *   what came before.
   * @returns the changed account, or null when there was nothing to change
   * @throws AccountChangedMeanwhile, and what the repository's `update` throws
   */
  change(user: Acting, decide: Decide): Promise<User>;
  change(user: Acting, decide: Decide<Decision | null>): Promise<User | null>;
  async change(user: Acting, decide: Decide<Decision | null>): Promise<User | null> {
    let current: User | null = user;
    for (let round = 0; current && round < MAX_ROUNDS; round++) {
      demandSession(current, user.session);
      const now = this.clock.now();
      const decision = decide(current, now);
      if (!decision) return null;
      const { change, event } = decision;
      event?.happenedTo(current, now);
      const place = { ...current, session: user.session };
      const changed = await this.users.update(place, change, event ? [event] : []);
      if (changed) {
        if (event) await this.events.publish(event);
        return changed;
      }
      current = await this.users.findById(user.id);
    }
    throw new AccountChangedMeanwhile();
  }

  /**
   * Ends the session of the person signed in. Nothing is decided on the account, so that no change of it
   * stands in the way: a log-out must not come to nothing. A second call does nothing.
   *
   * @param event tells of it
   * @returns whether it was there
   */
  async endSession(user: SignedInUser, event: AccountEvent): Promise<boolean> {
    const { id, session } = user;
    const end = { end: [session.id] };
    return (await this.changeSessions(user, { id, session }, end, event)) !== null;
  }

  /**
   * Ends another session of the person signed in. As with a log-out, no change of the account stands in
   * the way; one that gets a new id meanwhile ends under that one.
   *
   * @param find which one, among those that the account has
   * @param tell makes the event of its end
   * @returns what has ended; null when it was not there
   * @throws AccountChangedMeanwhile when the person's own session has ended
   */
  async endAnother(
    user: SignedInUser,
    find: (sessions: readonly Session[]) => Session | undefined,
    tell: (ended: Session) => AccountEvent,
  ): Promise<Session | null> {
    const { id, session } = user;
    let current: User | null = user;
    for (let round = 0; current && round < MAX_ROUNDS; round++) {
      demandSession(current, session);
      const ending = find(current.sessions);
      if (!ending) return null;
      const end = { end: [ending.id] };
      const place = { id, session, ending };
      if (await this.changeSessions(current, place, end, tell(ending))) return ending;
      current = await this.users.findById(id);
    }
    throw new AccountChangedMeanwhile();
  }

  /**
   * Begins a session for whoever has come in. It asks for the way in alone, so that whoever changes the
   * account without a pause keeps nobody out; and for the second factors, since one that was added
   * meanwhile has not been asked for.
   *
   * @param user as it was when the person came in
   * @returns the account; null when it is gone, or the way in is, or the factors are others
   * @throws AccountChangedMeanwhile, and what `use` throws
   */
  async beginSession(user: User, { use, ...begun }: Beginning): Promise<User | null> {
    const { wayIn, sessions, event, also } = begun;
    const asThen = { id: user.id, wayIn, factorsChangedAt: user.factorsChangedAt ?? null };
    if (!use) {
      const beside = also?.(user, this.clock.now());
      return this.changeSessions(user, asThen, sessions, event, beside);
    }
    let current: User | null = user;
    for (let round = 0; current && round < MAX_ROUNDS; round++) {
      const { revision }: User = current;
      const now = this.clock.now();
      const beside = also?.(current, now);
      const { change } = use(current, now);
      const decided = { ...beside, change: { ...beside?.change, ...change } };
      const place = { ...asThen, revision };
      const changed = await this.changeSessions(current, place, sessions, event, decided);
      if (changed) return changed;
      current = await this.users.findById(user.id);
      // Not another change of it has refused the session.
      if (current?.revision === revision) return null;
    }
    if (current) throw new AccountChangedMeanwhile();
    return null;
  }

  /**
   * Removes an account with everything in it; a second call does nothing.
   *
   * @param user as for `change`
   * @throws AccountChangedMeanwhile
   */
  async remove(user: Acting): Promise<void> {
    let current: User | null = user;
    for (let round = 0; current && round < MAX_ROUNDS; round++) {
      demandSession(current, user.session);
      const event = new UserDeleted(current);
      event.happenedTo(current, this.clock.now());
      const place = { ...current, session: user.session };
      if (await this.users.delete(place, [event])) return this.events.publish(event);
      current = await this.users.findById(user.id);
    }
    if (current) throw new AccountChangedMeanwhile();
  }

  /**
   * Hands out what another process has stored and not told for a while, and whoever has it has it for a
   * while alone.
   *
   * @returns null when there is nothing
   */
  takeUntold(): Promise<UntoldEvents | null> {
    const now = this.clock.now();
    return this.users.takeUntold(new Date(now.getTime() - UNTOLD_FOR), now);
  }

  /** Everybody was told of these events. @returns whether the account is there */
  forgetTold(accountId: string, ids: readonly string[]): Promise<boolean> {
    return this.users.forgetTold(accountId, ids);
  }

  private async changeSessions(
    user: User,
    place: AsRead,
    sessions: SessionChange,
    event: AccountEvent,
    also: Decision = { change: {} },
  ): Promise<User | null> {
    const events = [event, ...(also.event ? [also.event] : [])];
    const now = this.clock.now();
    for (const each of events) each.happenedTo(user, now);
    const changed = await this.users.update(place, { ...also.change, sessions }, events);
    if (changed) for (const each of events) await this.events.publish(each);
    return changed;
  }
}

function demandSession({ sessions }: User, acting: Session | undefined): void {
  const lasts = !acting || sessions.some(({ id }) => id === acting.id);
  if (!lasts) throw new AccountChangedMeanwhile();
}
