import { Injectable } from '@nestjs/common';
import { IsNotEmpty } from '../../core/forms/rules.js';
import type { Request } from 'express';
import type { DomainError } from '../../core/domain-error.js';
import { FurtherRules, FurtherRulesIn } from '../../core/forms/form.pipe.js';
import { Rule } from '../../users/names/fields.js';
import type { User } from '../../users/user.js';
import { PasswordPolicy } from '../passwords/password-policy.js';
import { CurrentPassword } from '../reauthentication/current-password.decorator.js';

@Injectable()
export class PasswordRules extends FurtherRules<PasswordForm> {
  constructor(private readonly policy: PasswordPolicy) {
    super();
  }

  async mistakes({ newPassword }: Partial<PasswordForm>, request: Request): Promise<DomainError[]> {
    if (newPassword === undefined) return [];
    const mistake = this.policy.mistake(newPassword, request.user as User, 'newPassword');
    return mistake ? [mistake] : [];
  }
}

// The fields stand in the order of the page: mistakes are listed in it.
@FurtherRulesIn(PasswordRules)
export class PasswordForm {
  @CurrentPassword()
  currentPassword?: string;

  @IsNotEmpty({ message: 'required' })
  newPassword: string;

  @IsNotEmpty({ message: 'required' })
  @Rule((value, form) => value === (form as PasswordForm).newPassword, 'passwords-differ')
  newPasswordAgain: string;
}
