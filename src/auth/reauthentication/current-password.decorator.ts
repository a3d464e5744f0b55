import { applyDecorators } from '@nestjs/common';
import { IsNotEmpty, IsOptional } from 'class-validator';

/** The field of the current password: forms of an account without a password have none, and its guard asks for what is needed. */
export function CurrentPassword(): PropertyDecorator {
  return applyDecorators(IsOptional(), IsNotEmpty({ message: 'required' }));
}
