import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { DomainError } from '../../core/domain-error.js';
import { FurtherRules, FurtherRulesIn } from '../../core/forms/form.pipe.js';
import { IsNotEmpty, IsOptional, IsString } from '../../core/forms/rules.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { MailLimits } from '../../core/mail/mail-limits.js';
import { EMAIL } from '../../users/names/email-address.js';
import { Length, Rule, Trimmed } from '../../users/names/fields.js';
import { PasswordPolicy } from '../passwords/password-policy.js';
import { RecoveryService } from './recovery.service.js';

export class RecoveryForm {
  @Trimmed()
  @IsNotEmpty({ message: 'required' })
  @Length(0, EMAIL.max, 'too-long')
  identifier: string;
}

@Injectable()
export class NewPasswordRules extends FurtherRules<NewPasswordForm> {
  constructor(
    private readonly policy: PasswordPolicy,
    private readonly recovery: RecoveryService,
    private readonly limits: MailLimits,
  ) {
    super();
  }

  async mistakes(
    { token, newPassword }: Partial<NewPasswordForm>,
    request: Request,
  ): Promise<DomainError[]> {
    const user = await this.limits.tryLink(clientNetwork(request), () =>
      this.recovery.accountOf(token ?? ''),
    );
    const mistake = user && newPassword && this.policy.mistake(newPassword, user, 'newPassword');
    return mistake ? [mistake] : [];
  }
}

@FurtherRulesIn(NewPasswordRules)
export class NewPasswordForm {
  @IsNotEmpty({ message: 'required' })
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
