import { applyDecorators } from '@nestjs/common';
import { IsNotEmpty, IsOptional } from '../../core/forms/rules.js';

/**
 * The field of the current password. An account without a password has no such field, so it may be
 * absent; `ReauthenticationGuard` demands it where it is needed.
 */
export function CurrentPassword(): PropertyDecorator {
  return applyDecorators(IsOptional(), IsNotEmpty({ message: 'required' }));
}
