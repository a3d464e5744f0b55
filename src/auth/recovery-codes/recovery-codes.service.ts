import { Injectable } from '@nestjs/common';
import { signature } from '../../core/crypto/digests.js';
import { deriveKeys } from '../../core/crypto/keys.js';
import { randomText } from '../../core/crypto/random.js';
import { TooManyAttempts } from '../../core/domain-error.js';
import { Events } from '../../core/events.js';
import { AccountChanges } from '../../users/account-changes.js';
import {
  RecoveryCodesMade,
  RecoveryCodeUsed,
  SecondStepFailed,
} from '../../users/factors/factor.events.js';
import type { RecoveryCodes } from '../../users/factors/factors.js';
import { keepingFormer } from '../../users/factors/former-factors.js';
import { type SecondFactor, SecondFactors } from '../../users/factors/second-factors.js';
import type { SessionChange } from '../../users/session.js';
import { AccountChangedMeanwhile } from '../../users/user.errors.js';
import type { User } from '../../users/user.js';
import { PasswordSettings } from '../passwords/password.settings.js';
import { pauseBegun, pauseIn, withWrong } from '../second-step/guesses.js';
import { WrongRecoveryCode } from './recovery-codes.errors.js';

/** The id of this second factor. */
export const RECOVERY_CODE = 'recovery-code';

/** 32 letters and digits, 5 bits each, without those that look alike: no 0, O, 1 or I. */
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
/** 80 bits: with a keyed hash, a copy of the database alone opens none of them (OWASP ASVS 6.5.2). */
const LENGTH = 16;
const GROUP = 4;
const COUNT = 10;

/** Codes for whoever has lost the device of the other factors. */
@Injectable()
export class RecoveryCodesService {
  private readonly keys: readonly Buffer[];

  constructor(
    private readonly changes: AccountChanges,
    private readonly events: Events,
    private readonly factors: SecondFactors,
    { peppers }: PasswordSettings,
  ) {
    this.keys = deriveKeys(peppers, 'recovery code');
    factors.add((user) => this.factor(user));
  }

  /** @returns new codes as people read them; they count once the account keeps them */
  draw(): readonly string[] {
    return Array.from({ length: COUNT }, () => codeToRead(randomText(ALPHABET, LENGTH)));
  }

  /** @returns what the account keeps of them */
  kept({ id }: Pick<User, 'id'>, codes: readonly string[], madeAt: Date): RecoveryCodes {
    return { hashes: codes.map((code) => this.hashesOf(id, code)[0] ?? ''), madeAt };
  }

  /**
   * Gives the account new codes; those of before are worth nothing.
   *
   * @returns null when the account has nothing that they could stand in for
   * @throws AccountChangedMeanwhile
   */
  async renew(
    user: User,
    sessions: SessionChange,
  ): Promise<{ user: User; codes: readonly string[] } | null> {
    const codes = this.draw();
    const changed = await this.changes.change(user, (current, now) =>
      this.factors.isAsked(current)
        ? {
            change: keepingFormer(
              current,
              {
                recoveryCodes: this.kept(user, codes, now),
                factorsChangedAt: now,
                trustedDevices: null,
                sessions,
              },
              now,
            ),
            event: new RecoveryCodesMade(current),
          }
        : null,
    );
    return changed && { user: changed, codes };
  }

  /**
   * Takes a code, once: a wrong one is counted and a right one spent by the write that decides it. Their
   * count is their own, so that wrong codes of an app keep nobody from them.
   *
   * @param typed in either case, with or without dashes
   * @returns the account without the code
   * @throws WrongRecoveryCode, TooManyAttempts, AccountChangedMeanwhile
   */
  async verify(user: User, typed: string): Promise<User> {
    let refused: Error | null = null;
    const own = this.hashesOf(user.id, typed);
    const changed = await this.changes.change(user, (current, now) => {
      const { recoveryCodes } = current;
      refused = recoveryCodes ? pauseIn(recoveryCodes.guesses, now) : new WrongRecoveryCode();
      if (!recoveryCodes || refused) return null;
      const { guesses, ...rest } = recoveryCodes;
      const hashes = rest.hashes.filter((each) => !own.includes(each));
      if (hashes.length < rest.hashes.length) {
        return {
          change: { recoveryCodes: { ...rest, hashes } },
          event: new RecoveryCodeUsed(current, hashes.length),
        };
      }
      const counted = withWrong(guesses, now);
      refused = new WrongRecoveryCode(pauseBegun(counted, now));
      return {
        change: { recoveryCodes: { ...rest, guesses: counted } },
        event: new SecondStepFailed(user.id, RECOVERY_CODE, 'wrong-code'),
      };
    });
    if (changed && !refused) return changed;
    // Where the account has no codes, none was looked at.
    if (isPause(refused)) {
      await this.events.publish(new SecondStepFailed(user.id, RECOVERY_CODE, 'limit'));
    }
    throw refused ?? new AccountChangedMeanwhile();
  }

  // One for each pepper. Of the account as well: a hash that somebody moved opens nothing elsewhere.
  private hashesOf(userId: string, typed: string): string[] {
    const code = typed.replace(/[\s\p{Pd}]/gu, '').toUpperCase();
    return this.keys.map((key) => signature(key, `${userId} ${code}`));
  }

  private factor({ recoveryCodes }: User): SecondFactor {
    const left = recoveryCodes?.hashes.length ?? 0;
    return {
      id: RECOVERY_CODE,
      label: { key: 'second-factors.recovery-code' },
      phrase: { key: 'second-factors.with-recovery-code' },
      instead: { key: 'second-step.instead-recovery-code' },
      state: recoveryCodes
        ? { key: 'recovery-codes.state', params: { left } }
        : { key: 'recovery-codes.state-none' },
      since: recoveryCodes?.madeAt ?? null,
      asks: false,
      step: 'recovery-code',
      settings: { page: '/settings/security/recovery-codes' },
      order: 90,
      removal: { recoveryCodes: null },
    };
  }
}

function isPause(refused: Error | null): boolean {
  return refused instanceof TooManyAttempts;
}

function codeToRead(code: string): string {
  const groups = Array.from({ length: LENGTH / GROUP }, (_, n) =>
    code.slice(n * GROUP, (n + 1) * GROUP),
  );
  return groups.join('-');
}
