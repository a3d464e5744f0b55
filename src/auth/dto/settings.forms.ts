import { IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { EmailField, Rule } from '../../users/fields.js';

class WithCurrentPassword {
  /** An account without a password has no such field; `Proof` asks for what is needed. */
  @IsString()
  currentPassword = '';
}

export class PasswordForm extends WithCurrentPassword {
  @IsNotEmpty({ message: 'required' })
  newPassword: string;

  @IsNotEmpty({ message: 'required' })
  @Rule((value, form) => value === (form as PasswordForm).newPassword, 'passwords-differ')
  newPasswordAgain: string;
}

export class EmailForm extends WithCurrentPassword {
  @EmailField()
  email: string;
}

export class DeletionForm extends WithCurrentPassword {}

export class ConfirmForm extends WithCurrentPassword {
  @IsOptional()
  @IsString()
  next?: string;
}
