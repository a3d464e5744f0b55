import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { DomainError } from '../../core/domain-error.js';
import { clientNetwork } from '../../core/http/client-address.js';
import { FurtherRules, FurtherRulesIn } from '../../core/forms/form.pipe.js';
import { NameAvailability } from '../names/name-availability.js';
import { NameThrottle } from '../names/name-throttle.js';
import { Profile } from '../profile.js';
import type { User } from '../user.js';

@Injectable()
export class ProfileRules extends FurtherRules<ProfileForm> {
  constructor(
    private readonly availability: NameAvailability,
    private readonly throttle: NameThrottle,
  ) {
    super();
  }

  mistakes({ username }: Partial<ProfileForm>, request: Request): Promise<DomainError[]> {
    const count = () => this.throttle.consume(clientNetwork(request));
    const user = request.user as User;
    return this.availability.mistakes(
      { ...(username !== undefined && { username }) },
      user,
      [],
      count,
    );
  }
}

@FurtherRulesIn(ProfileRules)
export class ProfileForm extends Profile {}
