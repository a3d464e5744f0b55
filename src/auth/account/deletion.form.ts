import { Injectable } from '@nestjs/common';
import { IsNotEmpty } from '../../core/forms/rules.js';
import type { Request } from 'express';
import type { DomainError } from '../../core/domain-error.js';
import { FurtherRules, FurtherRulesIn } from '../../core/forms/form.pipe.js';
import { Trimmed } from '../../users/names/fields.js';
import { canonicalUsername } from '../../users/names/username.js';
import type { User } from '../../users/user.js';
import { CurrentPassword } from '../reauthentication/current-password.decorator.js';
import { ConfirmationDiffers } from './account.errors.js';

@Injectable()
export class DeletionRules extends FurtherRules<DeletionForm> {
  async mistakes(
    { confirmation }: Partial<DeletionForm>,
    request: Request,
  ): Promise<DomainError[]> {
    const { username } = request.user as User;
    const agrees =
      confirmation === undefined || canonicalUsername(confirmation) === canonicalUsername(username);
    return agrees ? [] : [new ConfirmationDiffers({ username })];
  }
}

// The fields stand in the order of the page: mistakes are listed in it.
@FurtherRulesIn(DeletionRules)
export class DeletionForm {
  /** The account's user name, typed: a press alone deletes nothing. */
  @Trimmed()
  @IsNotEmpty({ message: 'required' })
  confirmation: string;

  @CurrentPassword()
  currentPassword?: string;
}
