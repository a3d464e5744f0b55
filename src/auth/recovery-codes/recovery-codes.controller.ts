import { Controller, Get, Post, Req } from '@nestjs/common';
import type { Request } from 'express';
import { CurrentUser } from '../../core/pages/current-user.decorator.js';
import { Page, SeeOther } from '../../core/pages/page.js';
import { SecondFactors } from '../../users/factors/second-factors.js';
import type { SignedInUser, User } from '../../users/user.js';
import { Reauthenticated } from '../reauthentication/reauthenticated.decorator.js';
import { LoginSession } from '../session/login-session.js';
import { RecoveryCodesService } from './recovery-codes.service.js';

const SECURITY = '/settings/security';

/** How many recovery codes are left, and the button that makes new ones. */
@Controller('settings/security/recovery-codes')
export class RecoveryCodesController {
  constructor(
    private readonly codes: RecoveryCodesService,
    private readonly factors: SecondFactors,
    private readonly sessions: LoginSession,
  ) {}

  @Get()
  show(@CurrentUser() user: User): Page | SeeOther {
    if (!this.factors.isAsked(user)) return new SeeOther(SECURITY);
    const { hashes = [], madeAt } = user.recoveryCodes ?? {};
    return new Page('auth/recovery-codes', { left: hashes.length, madeAt });
  }

  /** Shows them once: they are the answer itself, so that they are stored nowhere. */
  @Post()
  @Reauthenticated()
  async make(@Req() request: Request, @CurrentUser() user: SignedInUser): Promise<Page | SeeOther> {
    let codes: readonly string[] | null = null;
    await this.sessions.renewAlone(request, user, async (sessions) => {
      const renewed = await this.codes.renew(user, sessions);
      codes = renewed?.codes ?? null;
      return renewed && renewed.user;
    });
    return codes
      ? recoveryCodesPage(codes, SECURITY, 'recovery-codes.renewed')
      : new SeeOther(SECURITY);
  }
}

/**
 * @param next where its button leads
 * @param done the key of the sentence that says what has come about
 */
export function recoveryCodesPage(codes: readonly string[], next: string, done: string): Page {
  const text = codes.join('\n');
  // No script is needed to keep a file of them, and none of our pages has to be asked for it.
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`;
  return new Page('auth/recovery-codes-made', { done, text, file, path: next });
}
