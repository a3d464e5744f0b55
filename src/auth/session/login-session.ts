import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Clock } from '../../core/clock.js';
import { Browser } from '../../core/one-time/browser.js';
import { SeeOther } from '../../core/pages/page.js';
import { returnPath } from '../../core/pages/return-path.js';
import { AccountChanges } from '../../users/account-changes.js';
import { withoutReset } from '../../users/factors/factor-resets.js';
import type { Session, SessionChange } from '../../users/session.js';
import type { SignedInUser, User } from '../../users/user.js';
import { WaysIn } from '../../users/ways-in.js';
import type { Login, LoginOutcome, StepTaken } from '../second-step/login.js';
import { type PendingLogin, PendingLogins } from '../second-step/pending-logins.js';
import { SecondStepPolicy } from '../second-step/second-step-policy.js';
import { TrustedDevices } from '../second-step/trusted-devices.js';
import { onward } from './cookies-asked.js';
import { KnownDevice } from './known-device.js';
import { newSession, refreshed, type ShownBy } from './new-session.js';
import { SessionCookie } from './session-cookie.js';
import { displaced } from './session-limits.js';
import { SessionMiddleware } from './session.middleware.js';
import { WrongCredentials } from './session.errors.js';
import { LoggedIn, LoggedOut, PersonReauthenticated } from './session.events.js';

/** The one place where a browser gets a session, and the one where it loses it. */
@Injectable()
export class LoginSession {
  constructor(
    private readonly changes: AccountChanges,
    private readonly waysIn: WaysIn,
    private readonly reader: SessionMiddleware,
    private readonly cookie: SessionCookie,
    private readonly devices: KnownDevice,
    private readonly browser: Browser,
    private readonly policy: SecondStepPolicy,
    private readonly pending: PendingLogins,
    private readonly trusted: TrustedDevices,
    private readonly clock: Clock,
  ) {}

  /**
   * Signs a person in who has shown who they are, or asks for a second step: then nobody is signed in
   * meanwhile. The browser's session of before ends: whatever it holds, a planted one too, must not
   * survive a login.
   *
   * @param user as it was when the person showed it
   * @throws WrongCredentials when the way in is no longer what it was then, and what `login.use` throws
   */
  async completeLogin(request: Request, user: User, login: Login): Promise<LoginOutcome> {
    const asked = await this.policy.beginGrace(user, login.method);
    const step = login.isTwoFactors ? null : this.policy.stepFor(asked, login.method);
    if (step === null || (step === 'second-step' && this.trusted.has(asked, request))) {
      return this.begin(request, user, login);
    }
    const { use, ...kept } = login;
    const used = use ? await this.changes.change(user, use) : user;
    await this.endHere(request);
    await this.pending.keep(request, step, used, { ...kept, next: returnPath(login.next) });
    return { kind: step, next: new SeeOther(`/login/${step}`) };
  }

  /**
   * Signs a person in who has taken the second step.
   *
   * @throws WrongCredentials when the login was finished already, or its way in or a factor has changed
   */
  async finishLogin(
    request: Request,
    { user, login }: PendingLogin,
    { step, factor, verified, trust = false }: StepTaken,
  ): Promise<LoginOutcome> {
    if (!(await this.pending.spend(request, step))) throw new WrongCredentials();
    const { factorsChangedAt } = verified;
    const asVerified = { ...user, ...(factorsChangedAt && { factorsChangedAt }) };
    const outcome = await this.begin(request, asVerified, login, factor);
    const signedIn = request.user as SignedInUser;
    if (trust) await this.trusted.trust(signedIn, request, signedIn.session.browser ?? null);
    return outcome;
  }

  private async begin(
    request: Request,
    user: User,
    login: Login,
    factor?: string,
  ): Promise<LoginOutcome> {
    await this.endOther(request, user);
    const { secret, id } = this.cookie.draw();
    const now = this.clock.now();
    const session: Session = { id, ...(await newSession(request, login, now, factor)) };
    const end = [...displaced(user.sessions, now), ...(this.cookie.read(request)?.ids ?? [])];
    const wayIn = this.waysIn.stored(user, login.method, login.which);
    const isNew = !login.isFirst && this.devices.originAt(user, request).device === null;
    const event = new LoggedIn(user.id, login.method, isNew, factor);
    const also = factor !== undefined || login.isTwoFactors ? withoutReset(user) : undefined;
    const begun = { sessions: { put: session, end }, event, also, use: login.use };
    const changed = wayIn && (await this.changes.beginSession(user, { wayIn, ...begun }));
    if (!changed) throw new WrongCredentials();
    this.pending.forget(request);
    this.adopt(request, changed, session, secret);
    this.devices.remember(changed, request, login.method);
    const next = new SeeOther(onward(request, returnPath(login.next) ?? '/'));
    next.with('success', login.greeting ?? 'welcome', { username: user.username });
    return { kind: 'logged-in', next };
  }

  /**
   * Notes that the person re-authenticated, and gives the session a new id.
   * @param by what the method is here: a second factor alone makes no way in any younger
   */
  async reauthenticated(
    request: Request,
    user: SignedInUser,
    method: string,
    by: ShownBy = 'way-in',
  ) {
    const { secret, session } = this.renewed(user);
    const fresh = refreshed(session, method, by, this.clock.now());
    const changed = await this.changes.change(user, () => ({
      change: { sessions: { put: fresh, end: [user.session.id] } },
      event: new PersonReauthenticated(user.id, method),
    }));
    this.adopt(request, changed, fresh, secret);
  }

  /**
   * Changes an account and gives the session a new id by the same write (ASVS 7.2.4). The
   * re-authentication that allowed the change gets no younger by it: a stolen session could keep itself
   * fresh for ever.
   *
   * @param work makes the change, with what it does to the sessions; null: there was none to make
   */
  renew<T extends User | null>(
    request: Request,
    user: SignedInUser,
    work: (sessions: SessionChange) => Promise<T>,
  ): Promise<T> {
    return this.change(request, user, [user.session.id], work);
  }

  /** As `renew`, where a way in changes: all other sessions end. */
  renewAlone<T extends User | null>(
    request: Request,
    user: SignedInUser,
    work: (sessions: SessionChange) => Promise<T>,
  ): Promise<T> {
    return this.change(request, user, 'all', work);
  }

  /** Ends the session of the person signed in; a browser without one has nothing to end. */
  async end(request: Request): Promise<void> {
    const user = request.user as SignedInUser | undefined;
    if (!user || !(await this.endOf(user))) await this.endClaimed(request);
    this.forget(request);
  }

  /** Leaves nothing of an account that is gone in the browser. */
  forget(request: Request): void {
    this.cookie.take(request);
    // The next person at this browser finds nothing that waited for this one.
    this.browser.forget(request);
    this.pending.forget(request);
    delete request.user;
    delete request.formSecret;
  }

  private endOf(user: SignedInUser): Promise<boolean> {
    return this.changes.endSession(user, new LoggedOut(user.id));
  }

  // It ends though it opens nothing before a second step is set up. And another tab may have just given it a
  // new id: the answer with its cookie is on the way, and would leave the browser signed in after the log-out.
  private async endClaimed(request: Request): Promise<void> {
    const claim = this.cookie.read(request);
    const person = claim && (await this.reader.personOf(claim));
    if (person && (await this.endOf(person))) return;
    const successor = claim && (await this.reader.successorOf(claim));
    if (successor) await this.endOf(successor);
  }

  // What was kept for the browser stays: a pending link goes on after the second step.
  private async endHere(request: Request): Promise<void> {
    await this.endClaimed(request);
    this.cookie.take(request);
    delete request.user;
    delete request.formSecret;
  }

  // The session of the same account ends with the login itself.
  private async endOther(request: Request, { id }: User): Promise<void> {
    const claim = this.cookie.read(request);
    const other = claim && claim.userId !== id ? await this.reader.personOf(claim) : null;
    if (other) await this.endOf(other);
  }

  private async change<T extends User | null>(
    request: Request,
    user: SignedInUser,
    end: readonly string[] | 'all',
    work: (sessions: SessionChange) => Promise<T>,
  ): Promise<T> {
    const { secret, session } = this.renewed(user);
    const changed = await work({ put: session, end });
    if (changed) this.adopt(request, changed, session, secret);
    return changed;
  }

  private renewed({ session }: SignedInUser): { secret: string; session: Session } {
    const { secret, id } = this.cookie.draw();
    const replacing = { id, replaces: session.id, lastSeenAt: this.clock.now() };
    return { secret, session: { ...session, ...replacing } };
  }

  private adopt(request: Request, user: User, session: Session, secret: string): void {
    this.cookie.give(request, user.id, secret, session.remember);
    const signedIn: SignedInUser = { ...user, session };
    request.user = signedIn;
    request.formSecret = secret;
  }
}
