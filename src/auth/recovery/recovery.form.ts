import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { MINUTE } from '../../core/clock.js';
import type { DomainError } from '../../core/domain-error.js';
import { FurtherRules, FurtherRulesIn } from '../../core/forms/form.pipe.js';
import { IsNotEmpty, IsOptional, IsString } from '../../core/forms/rules.js';
import { clientNetwork } from '../../core/http/client-address.js';
import type { Limit } from '../../core/throttle/limit.js';
import { Throttle } from '../../core/throttle/throttle.js';
import { Rule, Trimmed } from '../../users/names/fields.js';
import { PasswordPolicy } from '../passwords/password-policy.js';
import { RecoveryService } from './recovery.service.js';

/** Links can't be guessed; who tries all the same is slowed down. */
const TRIES: Limit = { name: 'recovery-link-address', tries: 60, window: 10 * MINUTE };

export class RecoveryForm {
  @Trimmed()
  @IsNotEmpty({ message: 'required' })
  @IsString()
  identifier: string;
}

@Injectable()
export class NewPasswordRules extends FurtherRules<NewPasswordForm> {
  constructor(
    private readonly policy: PasswordPolicy,
    private readonly recovery: RecoveryService,
    private readonly throttle: Throttle,
  ) {
    super();
  }

  async mistakes(
    { token, newPassword }: Partial<NewPasswordForm>,
    request: Request,
  ): Promise<DomainError[]> {
    await this.throttle.consume(TRIES, clientNetwork(request));
    const user = await this.recovery.accountOf(token ?? '');
    const mistake = newPassword && this.policy.mistake(newPassword, user, 'newPassword');
    return mistake ? [mistake] : [];
  }
}

@FurtherRulesIn(NewPasswordRules)
export class NewPasswordForm {
  @IsString()
  token: string;

  /** For password managers; nothing reads it. */
  @IsOptional()
  @IsString()
  username?: string;

  @IsNotEmpty({ message: 'required' })
  newPassword: string;

  @IsNotEmpty({ message: 'required' })
  @Rule((value, form) => value === (form as NewPasswordForm).newPassword, 'passwords-differ')
  newPasswordAgain: string;
}
