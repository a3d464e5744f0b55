import { Injectable } from '@nestjs/common';
import { Seal } from '../../core/crypto/seal.js';
import { TooManyAttempts } from '../../core/domain-error.js';
import { Events } from '../../core/events.js';
import { AccountChanges } from '../../users/account-changes.js';
import {
  AuthenticatorAdded,
  AuthenticatorRemoved,
  SecondStepFailed,
} from '../../users/factors/factor.events.js';
import type { Totp } from '../../users/factors/factors.js';
import { keepingFormer } from '../../users/factors/former-factors.js';
import { type SecondFactor, SecondFactors } from '../../users/factors/second-factors.js';
import type { SessionChange } from '../../users/session.js';
import { AccountChangedMeanwhile } from '../../users/user.errors.js';
import type { User } from '../../users/user.js';
import { PasswordSettings } from '../passwords/password.settings.js';
import { pauseBegun, pauseIn, withWrong } from '../second-step/guesses.js';
import { SecondStepPolicy } from '../second-step/second-step-policy.js';
import { RecoveryCodesService } from '../recovery-codes/recovery-codes.service.js';
import { codeReader } from './totp-codes.js';
import { LastSecondFactor, WrongTotp } from './totp.errors.js';

/** The id of this second factor. */
export const TOTP = 'totp';

/** Authenticator apps: set up, verified, removed. */
@Injectable()
export class TotpService {
  private readonly seal: Seal;

  constructor(
    private readonly changes: AccountChanges,
    private readonly recoveryCodes: RecoveryCodesService,
    private readonly policy: SecondStepPolicy,
    private readonly events: Events,
    private readonly factors: SecondFactors,
    { peppers }: PasswordSettings,
  ) {
    // Not SESSION_SECRET, which may be changed whenever all sessions are to end: no app would open any more.
    this.seal = new Seal(peppers, 'totp secret');
    factors.add((user) => this.factor(user));
  }

  /** @returns a secret as an account keeps it; no other account can */
  sealFor({ id }: Pick<User, 'id'>, secret: string): string {
    return this.seal.seal(secret, id);
  }

  /** @returns null when it is another account's, or its pepper is gone */
  openFor({ id }: Pick<User, 'id'>, sealedSecret: string): string | null {
    return this.seal.open(sealedSecret, id);
  }

  /**
   * Takes a code, once: a wrong one is counted and a right one spent by the write that decides it.
   *
   * @param code six digits
   * @returns the account with the code taken
   * @throws WrongTotp, TooManyAttempts, AccountChangedMeanwhile
   */
  async verify(user: User, code: string): Promise<User> {
    const read = await codeReader();
    let refused: Error | null = null;
    const changed = await this.changes.change(user, (current, now) => {
      const { totp } = current;
      refused = totp ? refusalOf(totp, now) : new AccountChangedMeanwhile();
      if (!totp || refused) return null;
      const { guesses, ...rest } = totp;
      const secret = this.openFor(current, totp.sealedSecret);
      const outcome = secret === null ? null : read(secret, code, now);
      if (secret !== null && outcome?.kind === 'right' && outcome.step > totp.lastStep) {
        // Under the newest pepper, so that an older one can go.
        const sealedSecret = this.sealFor(current, secret);
        return { change: { totp: { ...rest, sealedSecret, lastStep: outcome.step } } };
      }
      const counted = withWrong(guesses, now);
      refused = new WrongTotp(reasonOf(outcome?.kind), pauseBegun(counted, now));
      return {
        change: { totp: { ...rest, guesses: counted } },
        event: new SecondStepFailed(user.id, TOTP, outcome ? 'wrong-code' : 'unusable-secret'),
      };
    });
    if (changed && !refused) return changed;
    const reason = changed ? null : reasonFor(refused);
    if (reason) await this.events.publish(new SecondStepFailed(user.id, TOTP, reason));
    throw refused ?? new AccountChangedMeanwhile();
  }

  /**
   * Adds an app, in the place of the one before. Every browser that is trusted is asked again.
   *
   * @param sealedSecret as `sealFor` made it for the account
   * @param code that the app shows; it is taken, and opens nothing any more
   * @param sessions what it does to them
   * @param isAsThen whether the account is still as it was when the person was let in to do this
   * @returns the account, and its recovery codes if it had none before
   * @throws WrongTotp, AccountChangedMeanwhile
   */
  async confirm(
    user: User,
    sealedSecret: string,
    code: string,
    sessions: SessionChange,
    isAsThen: (current: User) => boolean = () => true,
  ): Promise<{ user: User; codes: readonly string[] | null }> {
    const read = await codeReader();
    const codes = this.recoveryCodes.draw();
    const isFirst = (current: User) => !current.recoveryCodes;
    let hadNone = false;
    const changed = await this.changes.change(user, (current, now) => {
      const secret = this.openFor(current, sealedSecret);
      if (secret === null || !isAsThen(current)) throw new AccountChangedMeanwhile();
      const outcome = read(secret, code, now);
      if (outcome.kind !== 'right') throw new WrongTotp(reasonOf(outcome.kind));
      hadNone = isFirst(current);
      const totp = { sealedSecret, confirmedAt: now, lastStep: outcome.step };
      const recoveryCodes = hadNone && { recoveryCodes: this.recoveryCodes.kept(user, codes, now) };
      // The code that was typed is a second factor that was shown.
      const put = sessions.put && { put: { ...sessions.put, factorAt: now } };
      const ended = { factorsChangedAt: now, trustedDevices: null };
      const change = { totp, ...recoveryCodes, ...ended, sessions: { ...sessions, ...put } };
      return {
        change: keepingFormer(current, change, now),
        event: new AuthenticatorAdded(current),
      };
    });
    return { user: changed, codes: hadNone ? codes : null };
  }

  /**
   * Takes the app away, and the recovery codes where nothing is left that they stand in for.
   *
   * @returns null when there was none
   * @throws LastSecondFactor, AccountChangedMeanwhile
   */
  remove(user: User, sessions: SessionChange): Promise<User | null> {
    return this.changes.change(user, (current, now) => {
      if (!current.totp) return null;
      if (!this.policy.mayRemove(current, TOTP)) throw new LastSecondFactor();
      const isLast = !this.factors.isAsked(current, TOTP);
      const ended = { factorsChangedAt: now, trustedDevices: null, sessions };
      const change = { totp: null, ...(isLast && { recoveryCodes: null }), ...ended };
      return {
        change: keepingFormer(current, change, now),
        event: new AuthenticatorRemoved(current),
      };
    });
  }

  private factor({ totp, createdAt }: User): SecondFactor {
    // One that some other hand has damaged is asked for all the same.
    const since = totp ? (totp.confirmedAt ?? createdAt) : null;
    return {
      id: TOTP,
      label: { key: 'second-factors.totp' },
      phrase: { key: 'second-factors.with-totp' },
      instead: { key: 'second-step.instead-totp' },
      state: since ? { key: 'totp.state', params: { date: since } } : { key: 'totp.state-none' },
      since,
      asks: true,
      step: 'authenticator',
      settings: { page: '/settings/security/authenticator' },
      order: 20,
      removal: { totp: null },
    };
  }
}

// No code is right for what some other hand has damaged, so that none need be counted.
function refusalOf(totp: Totp, now: Date): Error | null {
  return isWhole(totp) ? pauseIn(totp.guesses, now) : new WrongTotp('totp-wrong');
}

function isWhole({ sealedSecret, confirmedAt, lastStep }: Partial<Record<keyof Totp, unknown>>) {
  const isDated = confirmedAt instanceof Date;
  return typeof sealedSecret === 'string' && isDated && Number.isSafeInteger(lastStep);
}

// Where the account has no app, no code was looked at.
function reasonFor(refused: Error | null): string | null {
  if (refused instanceof WrongTotp) return 'unusable-secret';
  return refused instanceof TooManyAttempts ? 'limit' : null;
}

function reasonOf(kind: 'right' | 'late' | 'wrong' | undefined): WrongTotp['code'] {
  if (kind === 'right') return 'totp-used';
  return kind === 'late' ? 'totp-late' : 'totp-wrong';
}
