import { applyDecorators } from '@nestjs/common';
import { IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { EmailField, Rule } from '../../users/fields.js';

// The fields stand in the order of the page: mistakes are listed in it. An inherited field would come last.

/** An account without a password has no such field in its forms; `Proof` asks for what is needed. */
function CurrentPassword(): PropertyDecorator {
  return applyDecorators(IsOptional(), IsNotEmpty({ message: 'required' }));
}

export class PasswordForm {
  @CurrentPassword()
  currentPassword?: string;

  @IsNotEmpty({ message: 'required' })
  newPassword: string;

  @IsNotEmpty({ message: 'required' })
  @Rule((value, form) => value === (form as PasswordForm).newPassword, 'passwords-differ')
  newPasswordAgain: string;
}

export class EmailForm {
  @EmailField()
  email: string;

  @CurrentPassword()
  currentPassword?: string;
}

export class DeletionForm {
  @CurrentPassword()
  currentPassword?: string;
}

export class ConfirmForm {
  @CurrentPassword()
  currentPassword?: string;

  @IsOptional()
  @IsString()
  next?: string;
}
