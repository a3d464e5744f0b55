import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { Clock } from '../../core/clock.js';
import { clientAddress } from '../../core/http/client-address.js';
import { Log } from '../../core/http/log.js';
import type { SessionSeen } from '../../users/session.js';
import type { SignedInUser, User } from '../../users/user.js';
import { UsersService } from '../../users/users.service.js';
import { SecondStepPolicy } from '../second-step/second-step-policy.js';
import { TrustedDevices } from '../second-step/trusted-devices.js';
import { type SessionClaim, SessionCookie } from './session-cookie.js';
import { isOver, isToBeNoted } from './session-limits.js';

/** Finds out who is signed in: by one read, and by none for a browser without a session. */
@Injectable()
export class SessionMiddleware implements NestMiddleware {
  constructor(
    private readonly cookie: SessionCookie,
    private readonly users: UsersService,
    private readonly policy: SecondStepPolicy,
    private readonly trusted: TrustedDevices,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Sets `request.user`, a `SignedInUser`. */
  readonly use = (request: Request, _response: Response, next: NextFunction): void => {
    const claim = this.cookie.read(request);
    if (claim) this.signIn(request, claim).then(() => next(), next);
    else {
      this.cookie.take(request);
      next();
    }
  };

  /** @returns null for a session that has ended, or never was one; whoever it is of, it may open nothing now */
  async personOf(claim: SessionClaim): Promise<SignedInUser | null> {
    const account = await this.users.findById(claim.userId);
    return account && this.signedIn(account, claim);
  }

  /** @returns the person of the session that came in the place of the claimed one */
  async successorOf(claim: SessionClaim): Promise<SignedInUser | null> {
    const account = await this.users.findById(claim.userId);
    const session = account?.sessions.find(({ replaces = '' }) => claim.ids.includes(replaces));
    return account && session ? { ...account, session } : null;
  }

  private async signIn(request: Request, claim: SessionClaim): Promise<void> {
    const account = await this.users.findById(claim.userId);
    if (!account) return this.cookie.take(request);
    const user = this.signedIn(account, claim);
    // The answer to another tab may have just brought a new cookie, which this one must not take away.
    if (!user) return;
    // Whoever must take or set up a second step logs in for it: until then a session opens nothing.
    const isTrusted = () => this.trusted.has(account, request);
    if (!this.policy.admits(account, user.session, isTrusted)) return;
    request.user = user;
    request.formSecret = claim.secret;
    const now = this.clock.now();
    if (!isToBeNoted(user.session, now)) return;
    const address = clientAddress(request);
    const seen: SessionSeen = { lastSeenAt: now, ...(address !== null && { address }) };
    // What the request writes of the session later must not bring the older date back.
    request.user = { ...user, session: { ...user.session, ...seen } };
    // Reading a page needs no write: a database that takes none, its disk being full, still serves it.
    await this.users
      .noteSeen(user.id, user.session.id, seen)
      .catch((error: unknown) => this.log.fault(error));
  }

  private signedIn(account: User, { ids }: SessionClaim): SignedInUser | null {
    const session = account.sessions.find(({ id }) => ids.includes(id));
    return session && !isOver(session, this.clock.now()) ? { ...account, session } : null;
  }
}
