import { Injectable } from '@nestjs/common';
import { IsNotEmpty, IsOptional, IsString } from '../../core/forms/rules.js';
import type { Request } from 'express';
import type { DomainError } from '../../core/domain-error.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { FurtherRules, FurtherRulesIn } from '../../core/forms/form.pipe.js';
import { EmailField, NameField, Rule, UsernameField } from '../../users/names/fields.js';
import { NameAvailability } from '../../users/names/name-availability.js';
import { PasswordPolicy } from '../passwords/password-policy.js';
import { VerificationPolicy } from '../verification/verification-policy.js';
import { RegistrationThrottle } from './registration-throttle.js';
import { RegistrationService } from './registration.service.js';

@Injectable()
export class RegistrationRules extends FurtherRules<RegistrationForm> {
  constructor(
    private readonly policy: PasswordPolicy,
    private readonly availability: NameAvailability,
    private readonly throttle: RegistrationThrottle,
    private readonly registration: RegistrationService,
    private readonly verification: VerificationPolicy,
  ) {
    super();
  }

  async mistakes(typed: Partial<RegistrationForm>, request: Request): Promise<DomainError[]> {
    const { password, username, email } = typed;
    const unfit = password === undefined ? null : this.policy.mistake(password, typed, 'password');
    const names = {
      ...(username !== undefined && { username }),
      ...(email !== undefined && { email }),
    };
    const count = () => this.throttle.form(clientNetwork(request));
    const taken = await this.availability.mistakes(names, null, this.verification.waits, count);
    if (unfit) return [unfit, ...taken];
    // Pressed twice: the account is the person's own.
    return taken.length > 0 && (await this.registration.madeJustNow(typed)) ? [] : taken;
  }
}

@FurtherRulesIn(RegistrationRules)
export class RegistrationForm {
  @EmailField()
  email: string;

  @UsernameField()
  username: string;

  @NameField()
  name: string | null;

  @IsNotEmpty({ message: 'required' })
  password: string;

  @IsNotEmpty({ message: 'required' })
  @Rule((value, form) => value === (form as RegistrationForm).password, 'passwords-differ')
  passwordAgain: string;

  @IsOptional()
  @IsString()
  remember?: string;

  @IsOptional()
  @IsString()
  next?: string;
}
