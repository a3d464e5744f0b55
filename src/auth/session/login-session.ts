import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { promisify } from 'node:util';
import { Clock, MINUTE } from '../../core/clock.js';
import { Events } from '../../core/events.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { csrfToken } from '../../core/pages/csrf.guard.js';
import { SeeOther } from '../../core/pages/page.js';
import { returnPath } from '../../core/pages/return-path.js';
import type { SignIn } from './session-data.js';
import { SESSION_LIMITS, SessionStore } from './session.store.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { WrongCredentials } from '../auth.errors.js';
import { LoggedIn, LoggedOut } from '../auth.events.js';
import { KnownDevice } from './known-device.js';
import type { Origin } from '../passwords/login-throttle.js';

/** How long a proof is good for a sensitive step (OWASP ASVS 7.5.1). */
export const PROOF_WINDOW = 15 * MINUTE;

/** How a login came about and what the person asked for with it. */
export interface Login {
  /** `password`, or a provider's id. */
  readonly how: string;
  readonly remember?: boolean;
  /** The notice that greets; `welcome` if left out. */
  readonly greeting?: string;
  /** Where to go afterwards, unchecked. */
  readonly next?: unknown;
}

/** The one door through which a session becomes somebody's, and the one out of it. */
@Injectable()
export class LoginSession {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionStore,
    private readonly devices: KnownDevice,
    private readonly clock: Clock,
    private readonly events: Events,
  ) {}

  /**
   * Signs a person in who has shown who they are.
   *
   * @returns where to go: the vetted page that was asked for, or home; the login page when the
   *   account is no longer what it was when the person showed it
   */
  async completeLogin(request: Request, user: User, login: Login): Promise<SeeOther> {
    const now = this.clock.now();
    await this.start(request, user, {
      userId: user.id,
      epoch: user.sessionEpoch,
      startedAt: now,
      authenticatedAt: now,
      how: login.how,
      remember: login.remember ?? false,
    });
    // The account was deleted, or its password changed, since it was verified.
    if (!request.user) return new SeeOther('/login').because(new WrongCredentials());
    this.devices.remember(user, request);
    await this.events.publish(new LoggedIn(user.id, login.how));
    const to = new SeeOther(returnPath(login.next) ?? '/');
    to.with('success', login.greeting ?? 'welcome', { username: user.username });
    if (user.emailMovedAt) {
      to.with('warning', 'email-moved');
      await this.users.forgetMovedEmail(user);
    }
    return to;
  }

  /** Notes that the person proved who they are once more, and gives the session a new id. */
  confirm(request: Request, user: User): Promise<void> {
    return this.restart(request, user, this.clock.now());
  }

  /**
   * Gives the session a new id after a change to the account. The proof that allowed the change gets
   * no younger by it: a stolen session could keep itself fresh for ever.
   */
  renew(request: Request, user: User): Promise<void> {
    const { authenticatedAt } = request.session.passport?.user ?? {};
    return this.restart(request, user, authenticatedAt ?? this.clock.now());
  }

  /** As `renew`, after what the person proves themselves with was changed: all other sessions end. */
  async renewAlone(request: Request, user: User): Promise<void> {
    await this.renew(request, user);
    this.devices.remember(user, request);
    await this.sessions.endAll(user.id, request.sessionID);
  }

  /** Whether the person signed in proved who they are a short time ago; a session of nobody has no proof. */
  isProofFresh(request: Request): boolean {
    const provedAt = request.session.passport?.user?.authenticatedAt;
    if (!provedAt) return false;
    const age = this.clock.now().getTime() - provedAt.getTime();
    return age >= 0 && age <= PROOF_WINDOW;
  }

  /** Gives somebody who is not signed in a new session: the next thing in it must not be at hand under an id that was planted. */
  async startAnonymous(request: Request): Promise<void> {
    await promisify(request.session.regenerate.bind(request.session))();
  }

  /** Ends the session in the database; what follows is a new, anonymous one. */
  async end(request: Request): Promise<void> {
    const userId = request.session.passport?.user?.userId;
    await promisify(request.logout.bind(request))();
    if (userId !== undefined) await this.events.publish(new LoggedOut(userId));
  }

  /** @returns what the limits of a password door go by */
  origin(request: Request, user: User | null): Origin {
    return {
      network: clientNetwork(request),
      device: user && this.devices.idAt(user, request),
    };
  }

  private restart(request: Request, user: User, authenticatedAt: Date): Promise<void> {
    const {
      how = 'password',
      remember = false,
      startedAt = authenticatedAt,
    } = request.session.passport?.user ?? {};
    const epoch = user.sessionEpoch;
    const signIn = { userId: user.id, how, remember, startedAt, epoch, authenticatedAt };
    return this.start(request, user, signIn);
  }

  private async start(request: Request, user: User, signIn: SignIn): Promise<void> {
    // Passport regenerates: a planted session id, and whatever else the old session held, must not
    // survive a login. What waits for this person's own confirmation does.
    const { pendingLink } = request.session;
    await new Promise<void>((resolve, reject) => {
      request.logIn(Object.assign({}, user, { signIn }), (error: unknown) =>
        error ? reject(error) : resolve(),
      );
    });
    if (pendingLink?.userId === user.id) request.session.pendingLink = pendingLink;
    // Two pages opened at once would each make one, and the form of the first would be an old one.
    csrfToken(request);
    if (signIn.remember) {
      // The browser forgets at the absolute limit; the idle limit is the server's.
      request.session.cookie.maxAge = SESSION_LIMITS.remembered.absolute;
    }
    // A deletion removes the account first and its sessions then, a new password raises the epoch
    // first: whichever way they cross, one of the two sees the other and no session is left over.
    const current = await this.users.findById(user.id);
    if (current?.sessionEpoch !== user.sessionEpoch) await this.end(request);
  }
}
