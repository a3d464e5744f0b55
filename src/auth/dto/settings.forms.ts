import { IsNotEmpty } from 'class-validator';
import { EmailField, Rule } from '../../users/fields.js';

class WithCurrentPassword {
  @IsNotEmpty({ message: 'required' })
  currentPassword: string;
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
