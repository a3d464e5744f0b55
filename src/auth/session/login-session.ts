import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { promisify } from 'node:util';
import { Clock } from '../../core/clock.js';
import { Events } from '../../core/events.js';
import { Browser } from '../../core/one-time/browser.js';
import { csrfToken } from '../../core/pages/csrf.guard.js';
import { SeeOther } from '../../core/pages/page.js';
import { returnPath } from '../../core/pages/return-path.js';
import type { User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { KnownDevice } from './known-device.js';
import { type SignIn, signInOf } from './session-data.js';
import { WrongCredentials } from './session.errors.js';
import { LoggedIn, LoggedOut } from './session.events.js';
import { SESSION_LIMITS, SessionStore } from './session.store.js';

/** How a login came about and what the person asked for with it. */
export interface Login {
  /** The id of the way in. */
  readonly method: string;
  readonly remember?: boolean;
  /** The notice that greets; `welcome` if left out. */
  readonly greeting?: string;
  /** Where to go afterwards, unchecked. */
  readonly next?: unknown;
}

/** What a login comes to. */
export interface LoginOutcome {
  readonly kind: 'logged-in';
  /** The vetted page that was asked for, or home. */
  readonly next: SeeOther;
}

/** The one place where a session becomes somebody's, and the one where it ends. */
@Injectable()
export class LoginSession {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionStore,
    private readonly devices: KnownDevice,
    private readonly browser: Browser,
    private readonly clock: Clock,
    private readonly events: Events,
  ) {}

  /**
   * Signs a person in who has shown who they are.
   *
   * @throws WrongCredentials when the account is no longer what it was when the person showed it
   */
  async completeLogin(request: Request, user: User, login: Login): Promise<LoginOutcome> {
    const now = this.clock.now();
    await this.start(request, user, {
      userId: user.id,
      epoch: user.sessionEpoch,
      startedAt: now,
      authenticatedAt: now,
      methods: [login.method],
      remember: login.remember ?? false,
    });
    // The account was deleted, or its password changed, since it was verified.
    if (!request.user) throw new WrongCredentials();
    this.devices.remember(user, request);
    await this.events.publish(new LoggedIn(user.id, login.method));
    const next = new SeeOther(returnPath(login.next) ?? '/');
    next.with('success', login.greeting ?? 'welcome', { username: user.username });
    return { kind: 'logged-in', next };
  }

  /** Notes that the person re-authenticated by a way in, and gives the session a new id. */
  reauthenticated(request: Request, user: User, method: string): Promise<void> {
    const methods = new Set([...(signInOf(request.session)?.methods ?? []), method]);
    return this.restart(request, user, {
      authenticatedAt: this.clock.now(),
      methods: [...methods],
    });
  }

  /**
   * Gives the session a new id after a change to the account. The re-authentication that allowed the
   * change gets no younger by it: a stolen session could keep itself fresh for ever.
   */
  renew(request: Request, user: User): Promise<void> {
    return this.restart(request, user, {});
  }

  /** As `renew`, after a way in was changed: all other sessions end. */
  async renewAlone(request: Request, user: User): Promise<void> {
    await this.renew(request, user);
    this.devices.remember(user, request);
    await this.sessions.endAll(user.id, request.sessionID);
  }

  /** Ends the session in the database; what follows is a new, anonymous one. */
  async end(request: Request): Promise<void> {
    const userId = signInOf(request.session)?.userId;
    await promisify(request.logout.bind(request))();
    // The next person at this browser finds nothing that waited for this one.
    this.browser.forget(request);
    if (userId !== undefined) await this.events.publish(new LoggedOut(userId));
  }

  private async restart(request: Request, user: User, changes: Partial<SignIn>): Promise<void> {
    const before = signInOf(request.session);
    if (!before) throw new Error('There is no session to go on with');
    const { heldForm } = request.session;
    await this.start(request, user, { ...before, epoch: user.sessionEpoch, ...changes });
    if (request.user && heldForm !== undefined) request.session.heldForm = heldForm;
  }

  private async start(request: Request, user: User, signIn: SignIn): Promise<void> {
    // Passport regenerates: a planted session id, and whatever else the old session held, must not
    // survive a login.
    await new Promise<void>((resolve, reject) => {
      request.logIn(Object.assign({}, user, { signIn }), (error: unknown) =>
        error ? reject(error) : resolve(),
      );
    });
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
