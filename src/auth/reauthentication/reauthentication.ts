import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { hasPassword, type User } from '../../users/user.js';
import { ProofRequired } from '../auth.errors.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { LoginSession } from '../session/login-session.js';

/** Asks the person signed in who they are before a sensitive step (OWASP ASVS 7.5.1). */
@Injectable()
export class Proof {
  constructor(
    private readonly auth: PasswordsService,
    private readonly sessions: LoginSession,
  ) {}

  /**
   * Demands, before a form without a password field is shown, the proof that sending it will need:
   * asked for afterwards, what was typed would be lost.
   *
   * @throws ProofRequired
   */
  prepare(request: Request, user: User): void {
    if (!hasPassword(user)) this.demandFresh(request, request.path);
  }

  /**
   * Demands the current password, or a fresh proof from an account that has none.
   *
   * @param password what stood in the form's field
   * @param door the sensitive step, for the log
   * @throws CurrentPasswordMissing, WrongCurrentPassword, TooManyAttempts, TooBusy, ProofRequired
   */
  async demand(
    request: Request,
    user: User,
    password: string | undefined,
    door: string,
  ): Promise<void> {
    if (!hasPassword(user)) return this.demandFresh(request, request.path);
    const origin = this.sessions.origin(request, user);
    await this.auth.verifyCurrentPassword(user, password, origin, door);
  }

  /**
   * Demands that the person proved who they are a short time ago, in whatever way.
   *
   * @param next the page to come back to with the proof
   * @throws ProofRequired
   */
  demandFresh(request: Request, next: string): void {
    if (!this.sessions.isProofFresh(request)) throw new ProofRequired(next);
  }
}
