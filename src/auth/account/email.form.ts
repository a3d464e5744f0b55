import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { DomainError } from '../../core/domain-error.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { FurtherRules, FurtherRulesIn } from '../../core/forms/form.pipe.js';
import { EmailField } from '../../users/names/fields.js';
import { NameAvailability } from '../../users/names/name-availability.js';
import { NameThrottle } from '../../users/names/name-throttle.js';
import type { User } from '../../users/user.js';
import { VerificationPolicy } from '../verification/verification-policy.js';

@Injectable()
export class EmailRules extends FurtherRules<EmailForm> {
  constructor(
    private readonly availability: NameAvailability,
    private readonly throttle: NameThrottle,
    private readonly policy: VerificationPolicy,
  ) {
    super();
  }

  async mistakes({ email }: Partial<EmailForm>, request: Request): Promise<DomainError[]> {
    const count = () => this.throttle.consume(clientNetwork(request));
    const user = request.user as User;
    // Whoever reads its mails is told, and nobody else, whether the address is another account's.
    if (this.policy.asksFirst(user)) return [];
    return this.availability.mistakes(
      { ...(email !== undefined && { email }) },
      user,
      this.policy.waits,
      count,
    );
  }
}

@FurtherRulesIn(EmailRules)
export class EmailForm {
  @EmailField()
  email: string;
}
