import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { DomainError } from '../../../core/domain-error.js';
import { FurtherRules, FurtherRulesIn } from '../../../core/forms/form.pipe.js';
import { IsOptional, IsString } from '../../../core/forms/rules.js';
import { clientNetwork } from '../../../core/http/client-address.js';
import { EmailField, NameField, UsernameField } from '../../../users/names/fields.js';
import { NameAvailability } from '../../../users/names/name-availability.js';
import { RegistrationThrottle } from '../../registration/registration-throttle.js';
import { VerificationPolicy } from '../../verification/verification-policy.js';

@Injectable()
export class PasskeyRegistrationRules extends FurtherRules<PasskeyRegistrationForm> {
  constructor(
    private readonly availability: NameAvailability,
    private readonly throttle: RegistrationThrottle,
    private readonly verification: VerificationPolicy,
  ) {
    super();
  }

  mistakes(
    { username, email }: Partial<PasskeyRegistrationForm>,
    request: Request,
  ): Promise<DomainError[]> {
    const names = {
      ...(username !== undefined && { username }),
      ...(email !== undefined && { email }),
    };
    const count = () => this.throttle.form(clientNetwork(request));
    return this.availability.mistakes(names, null, this.verification.waits, count);
  }
}

/** What somebody is to be called who registers with a passkey. */
@FurtherRulesIn(PasskeyRegistrationRules)
export class PasskeyRegistrationForm {
  @EmailField()
  email: string;

  @UsernameField()
  username: string;

  @NameField()
  name: string | null;

  @IsOptional()
  @IsString()
  remember?: string;

  @IsOptional()
  @IsString()
  next?: string;
}
